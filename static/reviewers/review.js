// Comfort of the review page: text is saved while it is typed, prepared answers are found and inserted.
// Every form does its job without this file.

(() => {
  'use strict'

  const PAUSE = 700

  // The whole form is saved on the server after each pause in typing, and when the page is left.
  const timers = new WeakMap()
  const keep = async (form, { leaving = false } = {}) => {
    clearTimeout(timers.get(form))
    timers.delete(form)
    const field = form.querySelector('textarea, input[name="message"]')
    const slot = form.querySelector('[name="slot"]')
    const state = form.querySelector('[data-unsent-state]')
    if (!field || !slot) return
    const body = new FormData(form)
    try {
      const answer = await fetch(form.dataset.unsent, {
        method: 'POST', body, keepalive: leaving, headers: { 'HX-Request': 'true' },
      })
      if (state) state.textContent = answer.ok ? 'Draft saved. Only you see it until you send it.' : 'Draft not saved: the server refused it.'
    } catch {
      if (state) state.textContent = 'Draft not saved: the server cannot be reached.'
    }
  }
  document.addEventListener('input', (event) => {
    const form = event.target.closest('form[data-unsent]')
    if (!form || !event.target.name) return
    clearTimeout(timers.get(form))
    timers.set(form, setTimeout(() => keep(form), PAUSE))
    form.dataset.typing = 'yes'
  })
  document.addEventListener('submit', (event) => {
    const form = event.target
    clearTimeout(timers.get(form))
    delete form.dataset.typing
  })
  addEventListener('pagehide', () => {
    document.querySelectorAll('form[data-typing]').forEach((form) => { if (timers.has(form)) keep(form, { leaving: true }) })
  })

  // While an answer is awaited that moves the focus, the keys of `keyboard.js` rest.
  let awaited = 0
  const resting = (work) => async (...given) => {
    awaited += 1
    document.body.dataset.resting = 'yes'
    try {
      await work(...given)
    } finally {
      awaited -= 1
      if (!awaited) delete document.body.dataset.resting
    }
  }

  // Verdicts are given without a new page: the answer's parts take the place of their namesakes.
  const replace = (html) => {
    const answer = new DOMParser().parseFromString(html, 'text/html')
    answer.querySelectorAll('body > [id]').forEach((part) => {
      const here = document.getElementById(part.id)
      if (!here) return
      if (!part.matches('textarea')) here.replaceWith(document.adoptNode(part))
      // A text that somebody has edited stays.
      else if (here.value === here.defaultValue) here.defaultValue = here.value = part.value
    })
    return answer
  }
  const decide = resting(async (form, button) => {
    const body = new FormData(form)
    if (button && button.name) body.set(button.name, button.value)
    const item = form.closest('[data-item]')
    let answer
    try {
      answer = await fetch(form.action, { method: 'POST', body, headers: { 'HX-Request': 'true' } })
    } catch {
      answer = null
    }
    // Any other failure is shown by the whole page.
    if (!answer || (!answer.ok && answer.status !== 409)) { form.dataset.whole = 'yes'; form.requestSubmit(button); return }
    replace(await answer.text())
    const said = document.getElementById('said')
    const count = document.querySelector('[data-undecided-count]')
    if (said) said.textContent = answer.ok ? `Verdict saved. ${count.textContent.trim()}.` : ''
    if (answer.ok) dispatchEvent(new CustomEvent('certification:verdict', { detail: item ? item.id : '' }))
    else if (item) document.getElementById(item.id).querySelector('input[name="message"]').focus()
  })
  document.addEventListener('submit', (event) => {
    const form = event.target
    if (!form.matches('[data-in-place]') || form.dataset.whole) return
    event.preventDefault()
    const field = form.querySelector('input[name="message"]')
    // After Fail was chosen and the reason written, Enter means Fail.
    const chosen = event.submitter && event.submitter.value ? event.submitter : form.querySelector(`[value="${form.dataset.meant}"]`)
    if (chosen && chosen.value === 'fail' && !field.value.trim()) {
      form.dataset.meant = 'fail'
      field.closest('details').open = true
      field.focus()
      return
    }
    decide(form, chosen)
  })

  // A comment is written below its line, without leaving the page.
  const closeRemark = () => {
    document.querySelectorAll('[data-remark-row]').forEach((row) => row.remove())
  }
  const openRemark = resting(async (link) => {
    const body = link.closest('.cr-file-body')
    const address = new URL(link.href)
    address.searchParams.set('form', 'yes')
    const answer = await fetch(address, { headers: { 'HX-Request': 'true' } }).catch(() => null)
    if (!answer || !answer.ok) { location.href = link.href; return }
    const html = await answer.text()
    closeRemark()
    const line = link.closest('tr')
    const row = document.createElement(line ? 'tr' : 'div')
    row.dataset.remarkRow = 'yes'
    row.innerHTML = line ? `<td colspan="4" class="cr-remark-place">${html}</td>` : `<div class="cr-remark-place">${html}</div>`
    if (line) line.after(row)
    else body.querySelector('.cr-file-tools').after(row)
    row.querySelectorAll('textarea[data-answers]').forEach(offerAnswers)
    row.querySelector('textarea').focus()
  })
  const keepRemark = resting(async (form) => {
    const body = form.closest('.cr-file-body')
    const place = form.querySelector('[name="line"]').value
    const answer = await fetch(form.action, {
      method: 'POST', body: new FormData(form), headers: { 'HX-Request': 'true' },
    }).catch(() => null)
    if (answer && answer.status === 409) {
      form.closest('.cr-remark-place').innerHTML = await answer.text()
      return
    }
    if (!answer || !answer.ok) { delete form.dataset.remarkForm; form.requestSubmit(); return }
    const parts = replace(await answer.text())
    body.replaceChildren(...parts.querySelector('[data-file-body]').childNodes)
    const said = document.getElementById('said')
    if (said) said.textContent = 'Comment added. It is sent with your next message to the developer.'
    const back = body.querySelector(place ? `#L${place} .cr-number a` : '[data-remark]')
    if (back) back.focus()
  })
  document.addEventListener('click', (event) => {
    const link = event.target.closest('.cr-file-body .cr-number a, .cr-file-body [data-remark]')
    if (event.target.closest('[data-close-remark]')) closeRemark()
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    openRemark(link)
  })
  document.addEventListener('submit', (event) => {
    if (!('remarkForm' in event.target.dataset) || (event.submitter && event.submitter.hasAttribute('formaction'))) return
    event.preventDefault()
    keepRemark(event.target)
  })

  // A line comment is kept for its own line.
  document.addEventListener('input', (event) => {
    if (event.target.id !== 'remark-line') return
    const form = event.target.form
    const path = form.querySelector('[name="path"]').value
    form.querySelector('[name="slot"]').value = `line:${path}:${event.target.value}`
  })

  // Prepared answers: a search field below the text, best fits first, Enter takes the first.
  const insert = (field, text) => {
    const before = field.value.slice(0, field.selectionStart)
    const after = field.value.slice(field.selectionEnd)
    const gap = before && !before.endsWith('\n') ? '\n\n' : ''
    field.value = before + gap + text + after
    field.focus()
    field.selectionStart = field.selectionEnd = (before + gap + text).length
    field.dispatchEvent(new Event('input', { bubbles: true }))
  }
  let panel = null
  const close = () => {
    if (!panel) return
    const field = panel.field
    panel.element.remove()
    panel = null
    field.focus()
  }
  const open = (field) => {
    if (panel) close()
    const element = document.createElement('div')
    element.className = 'cr-answers'
    const label = document.createElement('label')
    label.className = 'form-label'
    label.textContent = 'Prepared answers'
    const search = document.createElement('input')
    search.className = 'form-control'
    search.type = 'search'
    search.id = 'answers-search'
    search.autocomplete = 'off'
    label.htmlFor = search.id
    const list = document.createElement('ul')
    element.append(label, search, list)
    field.after(element)
    panel = { element, field }
    let asked = 0
    let looking = null
    const look = async () => {
      const mine = ++asked
      const answer = await fetch(`/reviews/answers?q=${encodeURIComponent(search.value)}`)
      if (mine === asked && answer.ok) list.innerHTML = await answer.text()
    }
    search.addEventListener('input', () => { looking = look() })
    search.addEventListener('keydown', async (event) => {
      if (event.key === 'Enter') {
        event.preventDefault()
        // Enter means the answer to what is in the field now, not to what was there when the list was loaded.
        await looking
        const first = list.querySelector('[data-answer]')
        if (first) { const text = first.dataset.answer; close(); insert(field, text) }
      } else if (event.key === 'ArrowDown') {
        const first = list.querySelector('[data-answer]')
        if (first) { event.preventDefault(); first.focus() }
      }
    })
    element.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') { event.stopPropagation(); close() }
    })
    list.addEventListener('click', (event) => {
      const chosen = event.target.closest('[data-answer]')
      if (!chosen) return
      const text = chosen.dataset.answer
      close()
      insert(field, text)
    })
    looking = look()
    search.focus()
  }
  const offerAnswers = (field) => {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'btn btn-ghost'
    button.dataset.opensAnswers = field.id
    button.textContent = 'Prepared answers'
    button.addEventListener('click', () => open(field))
    field.after(button)
  }
  document.querySelectorAll('textarea[data-answers]').forEach(offerAnswers)
  addEventListener('certification:answers', (event) => open(event.detail))
})()
