// Passkeys, on the pages that ask for one: shows their form where the browser can, asks the device, and sends its answer as a form.
// Without this script the form stays hidden, and the page is as it is without passkeys.

const { browserSupportsWebAuthn, browserSupportsWebAuthnAutofill, startAuthentication, startRegistration } = globalThis.SimpleWebAuthnBrowser

const form = document.querySelector('form[data-passkey]')
// At another name of the same site the browser would refuse.
if (form && browserSupportsWebAuthn() && location.origin === form.dataset.origin) offer(form)

function offer(form) {
  form.hidden = false
  const without = document.querySelector('[data-passkey-without]')
  if (without) without.hidden = true
  const optionsJSON = JSON.parse(form.dataset.options)
  const adds = form.dataset.passkey === 'add'
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const ask = adds ? startRegistration({ optionsJSON }) : startAuthentication({ optionsJSON })
    const failed = form.querySelector('[data-passkey-failed]')
    failed.hidden = true
    // She closed the window, took too long, or this device has none: the browser tells no difference.
    send(form, ask).catch(() => { failed.hidden = false })
  })
  // Once it was refused, she is not led there again unasked.
  if (!adds && !document.querySelector('.nhsuk-error-summary')) suggest(form, optionsJSON)
}

// Beside the address field, where the browser offers what it has kept. Nothing is asked and nothing fails there.
async function suggest(form, optionsJSON) {
  if (await browserSupportsWebAuthnAutofill()) send(form, startAuthentication({ optionsJSON, useBrowserAutofill: true })).catch(() => {})
}

async function send(form, answer) {
  form.elements.response.value = JSON.stringify(await answer)
  form.submit()
}
