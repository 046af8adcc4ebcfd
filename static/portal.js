// Comfort only: every page does its job without this file.

(() => {
  'use strict'

  const root = document.documentElement
  const all = (selector, within = document) => [...within.querySelectorAll(selector)]

  // Theme: the form posts to the server; here it changes at once and keeps the same cookie.
  const year = 31536000
  const choose = (theme) => {
    const secure = location.protocol === 'https:' ? '; Secure' : ''
    const age = theme === 'system' ? 0 : year
    document.cookie = `theme=${theme}; Path=/; Max-Age=${age}; SameSite=Lax${secure}`
    document.body.classList.remove('theme-light', 'theme-dark')
    if (theme === 'system') root.removeAttribute('data-bs-theme')
    else root.setAttribute('data-bs-theme', theme)
    all('[data-theme-form] button').forEach((button) => {
      button.setAttribute('aria-pressed', String(button.value === theme))
    })
  }
  document.addEventListener('submit', (event) => {
    if (!event.target.matches('[data-theme-form]') || !event.submitter) return
    event.preventDefault()
    choose(event.submitter.value)
  })

  // A page that the browser kept is not shown again to somebody else, nor after signing out.
  const person = document.body.dataset.person || ''
  const lastPerson = (changed) => {
    try {
      if (changed !== undefined) localStorage.setItem('person', changed)
      return localStorage.getItem('person') || ''
    } catch {
      return ''
    }
  }
  lastPerson(person)
  addEventListener('pageshow', (event) => {
    if (event.persisted && lastPerson() !== person) location.reload()
  })

  // Menus are <details>: a click elsewhere or Escape closes them, and the focus goes back to their button.
  document.addEventListener('click', (event) => {
    all('details[data-menu][open]').forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false
    })
  })
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return
    all('details[data-menu][open]').forEach((menu) => {
      menu.open = false
      menu.querySelector('summary').focus()
    })
  })
  document.addEventListener('focusout', (event) => {
    const menu = event.target.closest && event.target.closest('details[data-menu][open]')
    if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false
  })

  // What needs JavaScript is hidden until here; the delegated listeners also serve parts that htmx brings later.
  const prepare = (within) => {
    all('[data-needs-script][hidden]', within).forEach((element) => { element.hidden = false })
  }
  prepare(document)
  document.addEventListener('htmx:after:swap', () => {
    prepare(document)
    suggest()
  })

  // What a part of the page suggests for a field goes in only where nothing stands and nobody is typing.
  const fill = (field, value, { told = [] } = {}) => {
    field.value = value
    told.forEach((name) => field.dispatchEvent(new Event(name, { bubbles: true })))
  }
  const suggest = () => {
    all('[data-suggest]').forEach((suggestion) => {
      const field = document.getElementById(suggestion.dataset.suggest)
      const { value } = suggestion.dataset
      suggestion.remove()
      if (field && !field.value && field !== document.activeElement) fill(field, value, { told: ['input'] })
    })
  }
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-fill]')
    if (button) fill(document.getElementById(button.dataset.fill), button.dataset.value, { told: ['input', 'change'] })
  })

  // Signing in again in another window changes the token against forged requests; forms of this window take it over.
  const token = () => (document.cookie.match(/(?:^|; )csrftoken=([^;]+)/) || [])[1]
  document.addEventListener('submit', (event) => {
    const field = event.target.querySelector('input[name="csrfmiddlewaretoken"]')
    if (field && token()) field.value = token()
  }, true)
  document.addEventListener('htmx:config:request', (event) => {
    const { body } = event.detail.ctx.request
    if (token() && body && body.has && body.has('csrfmiddlewaretoken')) body.set('csrfmiddlewaretoken', token())
  })

  const copy = async (button) => {
    const source = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom)
    const text = source ? source.textContent.trim() : button.dataset.copy
    const label = button.querySelector('[data-copy-label]')
    const before = label.textContent
    try {
      await navigator.clipboard.writeText(text)
      label.textContent = 'Copied'
      button.classList.add('cc-copy-done')
    } catch {
      label.textContent = 'Press Ctrl+C'
      const range = document.createRange()
      if (source) {
        range.selectNodeContents(source)
        getSelection().removeAllRanges()
        getSelection().addRange(range)
      }
    }
    setTimeout(() => {
      label.textContent = before
      button.classList.remove('cc-copy-done')
    }, 2000)
  }
  const reveal = (button) => {
    const input = document.getElementById(button.dataset.reveal)
    const shown = input.type === 'text'
    input.type = shown ? 'password' : 'text'
    button.textContent = shown ? 'Show' : 'Hide'
    button.setAttribute('aria-label', shown ? 'Show the password' : 'Hide the password')
  }
  document.addEventListener('click', (event) => {
    const copyButton = event.target.closest('[data-copy], [data-copy-from]')
    if (copyButton) copy(copyButton)
    const revealButton = event.target.closest('[data-reveal]')
    if (revealButton) reveal(revealButton)
  })

  // A form that came back with problems begins at their summary.
  const summary = document.querySelector('[data-error-summary]')
  if (summary) summary.focus()

  // A double click sends a form once. After some seconds it may be sent again: the answer may have been a download.
  document.addEventListener('submit', (event) => {
    const form = event.target
    if (event.defaultPrevented || form.method !== 'post') return
    if (form.dataset.sent) {
      event.preventDefault()
      return
    }
    form.dataset.sent = 'yes'
    setTimeout(() => { delete form.dataset.sent }, 4000)
  })

  // The passkey scripts report failures as events; say them where a screen reader hears them.
  document.addEventListener('allauth.error', (event) => {
    const place = document.getElementById('passkey-error')
    if (!place) return
    event.preventDefault()
    place.hidden = false
    place.querySelector('[data-text]').textContent =
      'The browser did not hand over a passkey. Try again, or use another way to sign in.'
  })
})()
