// Keys for the queue and the review page. They rest while somebody types, while a form or dialog is open and while one
// is being opened, and never take keys of the browser. What opens takes the focus before the next key can come. A key
// that changes something acts on the item that is highlighted and has the focus, and on no other.

(() => {
  'use strict'

  const visible = (element) => element.offsetParent !== null
  const items = (kind) => [...document.querySelectorAll(kind ? `[data-item="${kind}"]` : '[data-item], [data-row]')].filter(visible)
  const current = () => document.querySelector('[data-current]')
  const atHand = () => {
    const item = current()
    return item && item.contains(document.activeElement) ? item : null
  }
  const typing = (target) => target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
  const FORMS = 'details.cr-form[open], details.cr-say[open], [data-remark-form], .cr-answers'
  const resting = (target) => typing(target) || 'resting' in document.body.dataset
    || document.querySelector('dialog[open]') !== null || target.closest(FORMS) !== null
  const say = (words) => {
    const said = document.getElementById('said')
    if (said) said.textContent = words
  }

  const leave = () => document.querySelectorAll('[data-current]').forEach((other) => delete other.dataset.current)
  const choose = (element) => {
    if (!element) return
    leave()
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

  // Going to a part of the page takes the focus along. It is there at once: the next key would find another item where the
  // page still moves. A drawer takes the focus itself.
  const go = (id) => {
    const part = document.getElementById(id)
    if (!part) return
    leave()
    if (part.matches('dialog')) return
    if (location.hash !== `#${id}`) history.pushState(null, '', `#${id}`)
    part.scrollIntoView({ block: 'start', behavior: 'instant' })
    part.tabIndex = -1
    part.focus({ preventScroll: true })
  }
  document.addEventListener('click', (event) => {
    const link = event.target.closest('.cr-jump a[href^="#"], a[href="#decide"]')
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    go(link.hash.slice(1))
  })
  // A form that is folded opens with the focus in its text.
  const open = (details) => {
    details.open = true
    const field = details.querySelector('textarea') || details.querySelector('input:not([type="hidden"])')
    if (field) field.focus()
  }
  document.addEventListener('click', (event) => {
    const summary = event.target.closest('details.cr-form > summary, details.cr-say > summary')
    if (!summary || summary.parentElement.open) return
    event.preventDefault()
    open(summary.parentElement)
  })
  // Escape closes it; what was typed stays in it.
  const close = (details) => {
    details.open = false
    const item = details.closest('[data-item]')
    if (item) choose(item)
    else details.querySelector('summary').focus()
  }

  const keys = document.getElementById('keys')
  const dialog = () => {
    if (keys.open) { keys.close(); return }
    keys.showModal()
    keys.dispatchEvent(new Event('shown'))
  }
  document.querySelectorAll('[data-help]').forEach((button) => button.addEventListener('click', dialog))

  const verdict = (key) => {
    const item = atHand()
    if (item && item.dataset.item === 'criterion') press(`[data-verdict="${key}"]`, item)
  }
  const evidence = () => {
    const criteria = document.getElementById('criteria')
    return criteria !== null && criteria.contains(document.activeElement) && press('[data-key="e"]', criteria)
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
  const claim = () => {
    const box = current() && current().querySelector('input[type="checkbox"]')
    if (!box) return false
    document.querySelectorAll('input[name="draft"]').forEach((other) => { other.checked = other === box })
    return press('[data-claim]')
  }
  const toggle = () => {
    const item = current()
    if (!item) return false
    if (item.matches('[data-row]')) { press('a.cr-name', item); return true }
    return false
  }
  const waive = () => {
    const item = atHand()
    const summary = item && item.querySelector('summary[data-waive]')
    if (!summary) return
    open(summary.parentElement)
  }
  const answers = () => {
    const field = document.querySelector('#decide-message') || document.querySelector('#message') || document.querySelector('textarea[data-answers]')
    if (!field) return
    if (field.closest('dialog:not([open])')) press('a[href="#decide"]')
    field.scrollIntoView({ block: 'center' })
    dispatchEvent(new CustomEvent('certification:answers', { detail: field }))
  }
  const request = () => {
    // At a finding the request is for its fix, in the words of the check, and for nothing else.
    const item = atHand()
    if (item && item.dataset.item === 'finding') {
      if (press('[data-request-fix]', item)) return
      const asked = item.querySelector('[data-requested]')
      if (asked) asked.focus()
      say(asked ? 'A fix is already requested.' : 'No fix can be requested here.')
      return
    }
    const summary = document.querySelector('summary[data-key="r"]')
    if (summary) { leave(); open(summary.parentElement) }
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
      case 'e': return evidence()
      case 'x': if (inQueue) tick(); else verdict('x'); return true
      case 'w': waive(); return true
      case 't': answers(); return true
      case 'r': request(); return true
      case 'c': return inQueue ? claim() : press('[data-key="c"]')
      default: return /^[a-z0-9]$/.test(key) && press(`[data-key="${key}"]`)
    }
  }
  // Back from what was done with an item, the page goes on from there.
  const told = /^#[\w-]+$/.test(location.hash) && document.querySelector(`[data-item]${location.hash}`)
  if (told && visible(told)) choose(told)

  document.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && event.ctrlKey && event.target.form) {
      event.preventDefault()
      event.target.form.requestSubmit()
      return
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'Escape') {
      const details = event.target.closest('details.cr-form[open], details.cr-say[open]')
      if (details) close(details)
      else if (typing(event.target)) event.target.blur()
      return
    }
    if (event.key === '?' && keys.open) { dialog(); return }
    if (resting(event.target)) return
    if (event.key === 'Enter' && event.target.matches('a, button, summary')) return
    if (act(event.key)) event.preventDefault()
  })
})()
