// A visitor without JavaScript: keeps cookies, follows redirects, fills in the form of the page it is on. For the demo and the journeys.

/** One browser. `origin` without a trailing slash; `headers` go with every request, for instance Accept-Language. */
export class Visitor {
  #cookies = new Map()
  #headers

  constructor(origin, headers = {}) {
    this.origin = origin
    this.#headers = headers
  }

  /** What it would send as its Cookie field. */
  get cookies() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** Sends a request and follows redirects as GET. Resolves with the last answer: {status, url, headers, html, bytes}. */
  async request(path, options = {}) {
    let url = new URL(path, this.origin)
    let init = { ...options }
    for (let hops = 0; hops < 10; hops++) {
      const cookie = this.cookies
      const response = await fetch(url, {
        ...init,
        redirect: 'manual',
        headers: { ...this.#headers, ...init.headers, ...(cookie && { cookie }) },
      })
      for (const line of response.headers.getSetCookie()) this.#keep(line)
      const location = response.headers.get('location')
      if (location === null || response.status < 300 || response.status > 399) return this.#answer(response, url)
      await response.arrayBuffer()
      url = new URL(location, url)
      init = {}
    }
    throw new Error('too many redirects')
  }

  /** Opens a page. */
  async open(path) {
    return this.request(path)
  }

  /** Sends the form of `page` that has all the named fields, with its hidden fields, as a browser without JavaScript would. */
  async submit(page, fields = {}) {
    const form = formsOf(page.html).find(
      ({ names, method }) => method === 'post' && Object.keys(fields).every((name) => names.includes(name)),
    )
    if (!form)
      throw new Error(`no form with ${Object.keys(fields).join(', ')} on ${new URL(page.url).pathname.split('/')[1]} (${page.status})`)
    const body = new URLSearchParams({ ...form.hidden, ...fields }).toString()
    const action = new URL(form.action ?? page.url, page.url)
    return this.request(action.href, { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } })
  }

  #keep(line) {
    const [pair = '', ...attributes] = line.split(';')
    const [name, ...value] = pair.split('=')
    const isGone = attributes.some((each) => /^\s*max-age=0$/i.test(each))
    if (isGone) this.#cookies.delete(name)
    else this.#cookies.set(name, value.join('='))
  }

  async #answer(response, url) {
    const bytes = Buffer.from(await response.arrayBuffer())
    const isText = /^text\//.test(response.headers.get('content-type') ?? '')
    return { status: response.status, url: url.href, headers: response.headers, bytes, html: isText ? bytes.toString() : '' }
  }
}

/** The forms of a page: where they go, their hidden fields, and the names of all fields. */
export function formsOf(html) {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, attributes, inside]) => {
    const inputs = [...inside.matchAll(/<(?:input|textarea|select|button)\b([^>]*)>/g)].map(([, text]) => text)
    const hidden = inputs.filter((text) => attribute(text, 'type') === 'hidden')
    return {
      action: attribute(attributes, 'action'),
      method: (attribute(attributes, 'method') ?? 'get').toLowerCase(),
      names: inputs.map((text) => attribute(text, 'name')).filter(Boolean),
      hidden: Object.fromEntries(hidden.map((text) => [attribute(text, 'name'), attribute(text, 'value') ?? ''])),
    }
  })
}

/** Where the links of a page lead, and their words without tags. */
export function linksOf(html) {
  return [...html.matchAll(/<a\b([^>]*)>([\s\S]*?)<\/a>/g)].map(([, attributes, inside]) => ({
    href: attribute(attributes, 'href') ?? '',
    text: decodeEntities(inside.replace(/<[^>]*>/g, ' '))
      .replace(/\s+/g, ' ')
      .trim(),
  }))
}

/** What a reader sees of a page, roughly. */
export function wordsOf(html) {
  const body = html.replace(/<(script|style|head)\b[\s\S]*?<\/\1>/g, ' ')
  return decodeEntities(body.replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim()
}

function attribute(text, name) {
  const found = text.match(new RegExp(`\\b${name}="([^"]*)"`))
  return found ? decodeEntities(found[1]) : null
}

function decodeEntities(text) {
  const named = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' }
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) =>
    hex ? String.fromCodePoint(Number.parseInt(hex, 16)) : decimal ? String.fromCodePoint(Number(decimal)) : (named[name] ?? whole),
  )
}
