// Comfort only: every page does its job without this file.

(() => {
  'use strict'

  const root = document.documentElement
  const all = (selector, within = document) => [...within.querySelectorAll(selector)]

  // Theme: the form posts to the server; here it changes at once and keeps the same cookie.
  const year = 31536000
  const choose = (theme, cookie = 'theme') => {
    const secure = location.protocol === 'https:' ? '; Secure' : ''
    const age = theme === 'system' ? 0 : year
    document.cookie = `${cookie}=${theme}; Path=/; Max-Age=${age}; SameSite=Lax${secure}`
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
    choose(event.submitter.value, event.target.dataset.cookie)
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

  // A drawer is a section of the page until here; then a link to it opens it over the page, and a link in it closes it.
  const drawerOf = (hash) => {
    const part = hash.length > 1 && document.getElementById(hash.slice(1))
    return part && part.matches('.cc-drawer') ? part : null
  }
  const openDrawer = (drawer) => {
    if (!drawer.open) drawer.showModal()
    drawer.querySelector('[data-first-field]').focus()
  }
  all('.cc-drawer').forEach((drawer) => {
    drawer.open = false
    if (drawer === drawerOf(location.hash) || drawer.querySelector('[aria-invalid="true"]')) openDrawer(drawer)
  })
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#"]')
    if (!link) return
    const drawer = drawerOf(link.hash)
    if (drawer) {
      event.preventDefault()
      openDrawer(drawer)
    } else if (link.closest('.cc-drawer')) link.closest('.cc-drawer').close()
  })

  // What needs JavaScript is hidden until here; the delegated listeners also serve parts that htmx brings later.
  const prepare = (within) => {
    all('[data-needs-script][hidden]', within).forEach((element) => { element.hidden = false })
  }
  prepare(document)
  document.addEventListener('htmx:after:swap', () => {
    prepare(document)
    suggest()
    goOn()
  })

  // What a part of the page suggests for a field goes in only where nothing stands and nobody is typing. What was
  // prepared on the server is renewed until somebody edits it.
  const fill = (field, value, { told = [] } = {}) => {
    field.value = value
    told.forEach((name) => field.dispatchEvent(new Event(name, { bubbles: true })))
  }
  const suggest = () => {
    all('[data-suggest]').forEach((suggestion) => {
      const field = document.getElementById(suggestion.dataset.suggest)
      const { value } = suggestion.dataset
      const renews = 'renews' in suggestion.dataset
      suggestion.remove()
      if (!field) return
      if (renews && field.value === field.defaultValue) field.defaultValue = field.value = value
      if (!renews && !field.value && field !== document.activeElement) fill(field, value, { told: ['input'] })
    })
  }
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-fill]')
    if (button) fill(document.getElementById(button.dataset.fill), button.dataset.value, { told: ['input', 'change'] })
  })

  // A form that was sent and has to wait for a worker is sent again when the part of the page says that it has answered.
  const goOn = () => {
    const answered = document.querySelector('[data-sends]')
    const form = answered && document.getElementById(answered.dataset.sends)
    if (!form || !('goesOn' in form.dataset)) return
    delete form.dataset.goesOn
    form.requestSubmit()
  }

  // Signing in again in another window changes the token against forged requests; forms of this window take it over.
  const token = () => (document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/) || [])[1]
  document.addEventListener('submit', (event) => {
    const field = event.target.querySelector('input[name="csrfmiddlewaretoken"]')
    if (field && token()) field.value = token()
  }, true)
  document.addEventListener('htmx:config:request', (event) => {
    const { body } = event.detail.ctx.request
    if (token() && body && body.has && body.has('csrfmiddlewaretoken')) body.set('csrfmiddlewaretoken', token())
  })

  // A click that opens another window or tab is the browser's; htmx would take it and do nothing.
  document.addEventListener('click', (event) => {
    if ((event.ctrlKey || event.metaKey || event.shiftKey) && event.target.closest('a[href]')) event.stopPropagation()
  }, true)

  // What is typed into a form with a line that saves it (_components/autosave.html) is sent once by that line's triggers:
  // after a pause, or when the page is left; then the request outlives the page. Sending the form makes it needless.
  const unsaved = new Set()
  const lineOf = (form) => form && form.querySelector('[data-autosave]')
  document.addEventListener('input', (event) => {
    const line = event.target.name && lineOf(event.target.form)
    if (line) unsaved.add(line)
  })
  document.addEventListener('submit', (event) => { unsaved.delete(lineOf(event.target)) })
  const leave = (within) => {
    unsaved.forEach((line) => { if (within.contains(line)) line.dispatchEvent(new Event('leave')) })
  }
  addEventListener('pagehide', () => leave(document))
  document.addEventListener('htmx:before:cleanup', (event) => leave(event.target))
  document.addEventListener('htmx:config:request', (event) => {
    const { sourceElement, sourceEvent, request } = event.detail.ctx
    if (!sourceElement.matches('[data-autosave]')) return
    if (!unsaved.delete(sourceElement)) event.preventDefault()
    request.keepalive = sourceEvent.type === 'leave'
  })

  // A request that failed says so in the part of the page that it came from, which stays as it is. Only 409 is a
  // part of its own: a form with the reasons. What asks again by itself says nothing, unless one has to sign in.
  const FAILED = 'The server did not answer as it should. Nothing was saved. Try again in a minute.'
  const UNREACHABLE = 'The server cannot be reached. Nothing was saved. Try again in a minute.'
  const placeOfProblem = (source) => {
    const near = source.closest('[data-problem], [data-part]')
    return near && (near.matches('[data-problem]') ? near : near.querySelector('[data-problem]:not([data-autosave])'))
  }
  const keepForLater = (source) => {
    const line = source.matches('[data-autosave]') ? source : source.matches('form') && lineOf(source)
    if (line) unsaved.add(line)
  }
  document.addEventListener('htmx:before:request', (event) => {
    const { sourceElement, target } = event.detail.ctx
    const place = placeOfProblem(sourceElement)
    if (place && place !== target) place.replaceChildren()
  })
  document.addEventListener('htmx:after:request', (event) => {
    const { ctx } = event.detail
    const { status } = ctx.response
    if (status < 400) return
    keepForLater(ctx.sourceElement)
    if (status === 409) return
    if (/^\s*<(!doctype|html)/i.test(ctx.text)) ctx.text = `<span class="cc-error">${FAILED}</span>`
    ctx.target = placeOfProblem(ctx.sourceElement) || ctx.target
    ctx.swap = ctx.sourceEvent.type === 'every' && status !== 401 ? 'none' : 'innerHTML'
  })
  document.addEventListener('htmx:error', (event) => {
    const { ctx } = event.detail
    if (!ctx || ctx.response || ctx.sourceEvent.type === 'every') return
    keepForLater(ctx.sourceElement)
    const place = placeOfProblem(ctx.sourceElement)
    if (place) place.textContent = UNREACHABLE
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
