// Keys for the queue and the review page. They rest while somebody types, and never take keys of the browser.

(() => {
  'use strict'

  const visible = (element) => element.offsetParent !== null
  const items = (kind) => [...document.querySelectorAll(kind ? `[data-item="${kind}"]` : '[data-item], [data-row]')].filter(visible)
  const current = () => document.querySelector('[data-current]')
  const typing = (target) => target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)

  const choose = (element) => {
    if (!element) return
    document.querySelectorAll('[data-current]').forEach((other) => delete other.dataset.current)
    element.dataset.current = 'yes'
    element.scrollIntoView({ block: 'center' })
    const focus = element.matches('details') ? element.querySelector('summary') : element.querySelector('a.cr-name') || element
    focus.focus({ preventScroll: true })
  }
  const step = (by, kind) => {
    const all = items(kind)
    const here = all.indexOf(current())
    const seen = all.findIndex((element) => element.getBoundingClientRect().top > 130)
    const start = here >= 0 ? here + by : Math.max(by > 0 ? seen : seen - 1, 0)
    choose(all[Math.min(Math.max(start, 0), all.length - 1)])
  }
  const press = (selector, within = document) => {
    const element = within.querySelector(selector)
    if (!element) return false
    if (element.matches('textarea, input')) { element.focus(); element.scrollIntoView({ block: 'center' }) } else element.click()
    return true
  }

  const dialog = async () => {
    const open = document.getElementById('keys')
    if (open) { open.close(); return }
    const element = document.createElement('dialog')
    element.id = 'keys'
    element.className = 'cr-dialog'
    element.setAttribute('aria-labelledby', 'keys-title')
    const answer = await fetch('/reviews/keys', { headers: { 'X-Requested-With': 'fetch' } })
    if (!answer.ok) return
    element.innerHTML = `<div class="cr-dialog-head"><h2 id="keys-title">Keys</h2><button type="button" class="btn" data-close>Close</button></div>${await answer.text()}`
    const before = document.activeElement
    element.addEventListener('close', () => { element.remove(); if (before) before.focus() })
    element.querySelector('[data-close]').addEventListener('click', () => element.close())
    document.body.append(element)
    element.showModal()
  }
  document.querySelectorAll('[data-help]').forEach((button) => button.addEventListener('click', dialog))

  const verdict = (key) => {
    const item = current()
    if (item && item.dataset.item === 'criterion') press(`[data-verdict="${key}"]`, item)
  }
  // After a verdict the next criterion without one is at hand; what the mouse did leaves the place alone.
  addEventListener('certification:verdict', (event) => {
    const from = document.getElementById(event.detail)
    const all = items('criterion')
    const later = all.slice(all.indexOf(from) + 1).find((item) => 'undecided' in item.dataset)
    choose(later || from)
  })
  const tick = () => {
    const box = current() && current().querySelector('input[type="checkbox"]')
    if (box) box.checked = !box.checked
  }
  const take = () => {
    const box = current() && current().querySelector('input[type="checkbox"]')
    if (!box) return false
    document.querySelectorAll('input[name="draft"]').forEach((other) => { other.checked = other === box })
    return press('[data-take]')
  }
  const toggle = () => {
    const item = current()
    if (!item) return false
    if (item.matches('[data-row]')) { press('a.cr-name', item); return true }
    return false
  }
  const waive = () => {
    const item = current()
    const details = item && item.querySelector('summary[data-waive]')
    if (!details) return
    details.parentElement.open = true
    details.parentElement.querySelector('textarea').focus()
  }
  const answers = () => {
    const field = document.querySelector('#decide-message') || document.querySelector('#message') || document.querySelector('textarea[data-answers]')
    if (!field) return
    field.scrollIntoView({ block: 'center' })
    dispatchEvent(new CustomEvent('certification:answers', { detail: field }))
  }
  const request = () => {
    // At a finding the request is for its fix, in the words of the check.
    if (current() && current().dataset.item === 'finding' && press('[data-request-fix]', current())) return
    const summary = document.querySelector('summary[data-key="r"]')
    if (!summary) return
    summary.parentElement.open = true
    document.querySelector('#request-text').focus()
  }

  const inQueue = document.querySelector('.cr-queue, .cr-counters') !== null
  let waiting = ''
  const act = (key) => {
    if (waiting === 'g') {
      waiting = ''
      if (key === 'q') location.href = '/queue'
      else if (key === 'm') press('[data-key="g m"]')
      return true
    }
    switch (key) {
      case 'g': waiting = 'g'; setTimeout(() => { waiting = '' }, 1200); return true
      case '?': dialog(); return true
      case '/': return press('[data-key="/"]')
      case 'j': step(1); return true
      case 'k': step(-1); return true
      case 'Enter': return toggle()
      case 'f': step(1, 'finding'); return true
      case 'F': step(-1, 'finding'); return true
      case '[': step(-1, 'file'); return true
      case ']': step(1, 'file'); return true
      case 'y': verdict('y'); return true
      case 'a': verdict('a'); return true
      case 'x': if (inQueue) tick(); else verdict('x'); return true
      case 'w': waive(); return true
      case 't': answers(); return true
      case 'r': request(); return true
      case 'c': return inQueue ? take() : press('[data-key="c"]')
      default: return /^[a-z0-9]$/.test(key) && press(`[data-key="${key}"]`)
    }
  }
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && event.ctrlKey && event.target.form) {
      event.preventDefault()
      event.target.form.requestSubmit()
      return
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (typing(event.target)) {
      if (event.key === 'Escape') event.target.blur()
      return
    }
    if (document.querySelector('dialog[open]') && event.key !== '?') return
    if (event.key === 'Enter' && event.target.matches('a, button, summary')) return
    if (act(event.key)) event.preventDefault()
  })
})()
