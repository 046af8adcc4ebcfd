// Comfort of the review page: verdicts and comments without leaving it, and prepared answers. htmx sends what the
// templates say; here is what happens before and after. Every form does its job without this file.

(() => {
  'use strict'

  const all = (selector, within = document) => [...within.querySelectorAll(selector)]

  // What somebody opened stays open when the criteria are drawn again.
  htmx.config.morphIgnore.push('open')

  // While an answer is awaited that moves the focus, the keys of `keyboard.js` rest.
  const OPENS_COMMENT = '[data-remark], .cr-number a'
  const MOVES_FOCUS = `[data-in-place], [data-remark-form], ${OPENS_COMMENT}`
  const awaited = new Set()
  const rest = () => {
    if (awaited.size) document.body.dataset.resting = 'yes'
    else delete document.body.dataset.resting
  }
  document.addEventListener('htmx:before:request', (event) => {
    const { ctx } = event.detail
    if (!ctx.sourceElement.matches(MOVES_FOCUS)) return
    // What sent it may be gone when the answer is there.
    ctx.sender = ctx.sourceElement
    ctx.item = (ctx.sender.closest('[data-item]') || {}).id
    awaited.add(ctx)
    rest()
  })
  document.addEventListener('htmx:finally:request', (event) => {
    awaited.delete(event.detail.ctx)
    rest()
  })

  // A verdict is sent once, and a failure with its reason only: after Fail was chosen and the reason written, Enter means Fail.
  const sending = (form) => [...awaited].some((ctx) => ctx.sender === form)
  document.addEventListener('submit', (event) => {
    const form = event.target
    if (!form.matches('[data-in-place]')) return
    const field = form.querySelector('input[name="message"]')
    const said = (event.submitter && event.submitter.value) || form.dataset.meant
    const needsReason = said === 'fail' && !field.value.trim()
    if (!sending(form) && !needsReason) return
    event.preventDefault()
    event.stopPropagation()
    if (sending(form)) return
    form.dataset.meant = 'fail'
    field.closest('details').open = true
    field.focus()
  }, true)
  document.addEventListener('htmx:config:request', (event) => {
    const { sourceElement, request } = event.detail.ctx
    const { meant } = sourceElement.dataset
    if (meant && !request.body.get('value')) request.body.set('value', meant)
  })
  const afterVerdict = (ctx) => {
    const item = ctx.item && document.getElementById(ctx.item)
    if (ctx.response.status < 400) dispatchEvent(new CustomEvent('certification:verdict', { detail: ctx.item || '' }))
    else if (item && ctx.response.status === 409) {
      const field = item.querySelector('input[name="message"]')
      field.closest('details').open = true
      field.focus()
    }
  }

  // A comment is written below its line, in one form at a time.
  const closeRemark = () => {
    all('[data-remark-row]').forEach((row) => {
      all('[data-autosave]', row).forEach((line) => line.dispatchEvent(new Event('leave')))
      row.remove()
    })
  }
  document.addEventListener('htmx:before:swap', (event) => {
    const { ctx } = event.detail
    if (ctx.sender && ctx.sender.matches(OPENS_COMMENT) && ctx.response.status < 400) closeRemark()
  })
  const afterComment = (ctx) => {
    const { status } = ctx.response
    if (status === 409) document.querySelector('[data-remark-form] textarea').focus()
    if (status >= 400) return
    const line = ctx.sender.querySelector('[name="line"]').value
    const back = ctx.target.querySelector(line ? `#L${line} .cr-number a` : '[data-remark]')
    if (back) back.focus()
  }
  document.addEventListener('htmx:after:swap', (event) => {
    const { ctx } = event.detail
    all('textarea[data-answers]').forEach(offerAnswers)
    if (!ctx.sender) return
    if (ctx.sender.matches('[data-in-place]')) afterVerdict(ctx)
    else if (ctx.sender.matches('[data-remark-form]')) afterComment(ctx)
    else if (ctx.response.status < 400) document.querySelector('[data-remark-row] textarea').focus()
  })
  document.addEventListener('click', (event) => {
    if (event.target.closest('[data-close-remark]')) closeRemark()
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
  const take = (answer) => {
    if (!answer) return
    const { field } = panel
    close()
    insert(field, answer.dataset.answer)
  }
  const open = (field) => {
    close()
    const element = document.getElementById('answers-panel').content.firstElementChild.cloneNode(true)
    const search = element.querySelector('input')
    const list = element.querySelector('ul')
    const first = () => list.querySelector('[data-answer]')
    field.after(element)
    panel = { element, field }
    // Enter means the answer to what is in the field now, not to what was there when the list was loaded.
    let entered = false
    search.addEventListener('htmx:after:swap', () => { if (entered) take(first()) })
    search.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') {
        event.preventDefault()
        entered = search.classList.contains('htmx-request')
        if (!entered) take(first())
      } else if (event.key === 'ArrowDown' && first()) {
        event.preventDefault()
        first().focus()
      }
    })
    element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return
      event.preventDefault()
      event.stopPropagation()
      close()
    })
    list.addEventListener('click', (event) => take(event.target.closest('[data-answer]')))
    htmx.process(element)
    search.focus()
  }
  function offerAnswers(field) {
    if (field.dataset.answers === 'offered') return
    field.dataset.answers = 'offered'
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'btn btn-ghost'
    button.textContent = 'Prepared answers'
    button.addEventListener('click', () => open(field))
    field.after(button)
  }
  all('textarea[data-answers]').forEach(offerAnswers)
  addEventListener('certification:answers', (event) => open(event.detail))
})()
