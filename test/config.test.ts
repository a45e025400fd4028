// The environment: for each variable what it becomes, what stands in for it when it is not set, and that a bad value is refused in one
// line that names the variable and gives no secret away.

import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import t from 'tap'
import { type Config, ConfigError, isLoopbackHost, loadConfig, megabytesOfFiles } from '../src/config.js'

type Environment = Record<string, string>

const RELAY = 'smtp://relay.example.org:587'

/** How a variable is read: what the config says without it, good values and what they become, and values that are refused. */
interface Case {
  readonly read: (config: Config) => unknown
  readonly otherwise: unknown
  readonly good: ReadonlyArray<readonly [value: string, becomes: unknown]>
  readonly bad: readonly string[]
  /** Set besides it, so that it means anything. */
  readonly beside?: Environment
}

const LONG_NAME = 'x'.repeat(201)
const HOSTS: Pick<Case, 'otherwise' | 'good' | 'bad' | 'beside'> = {
  otherwise: '127.0.0.1',
  good: [
    ['0.0.0.0', '0.0.0.0'],
    ['::', '::'],
    [' mail.example.org ', 'mail.example.org'],
  ],
  bad: ['127.0.0.1/8', 'two words', 'http://127.0.0.1', '[::1]', 'ünicode.example'],
  beside: { HEPOEX_RELAY_URL: RELAY },
}
const PORTS: Pick<Case, 'good' | 'bad'> = {
  good: [
    ['0', 0],
    ['25', 25],
    ['65535', 65_535],
  ],
  bad: ['65536', '-1', '25.5', '0x19', 'smtp', '1e3', '２５'],
}
const LINES: Pick<Case, 'bad'> = { bad: [LONG_NAME, 'two\nlines', 'a bell \u0007'] }

const CASES: Record<string, Case> = {
  HEPOEX_MAILBOXES: {
    read: (config) => config.mailboxes,
    otherwise: resolve('mailboxes'),
    good: [
      ['/srv/hepoex', '/srv/hepoex'],
      ['data', resolve('data')],
    ],
    bad: [],
  },
  HEPOEX_KEY_FILE: {
    read: (config) => config.keyFile,
    otherwise: join(homedir(), '.config', 'hepoex', 'service.key'),
    good: [['/etc/hepoex/service.key', '/etc/hepoex/service.key']],
    bad: [],
  },
  HEPOEX_RELAY_URL: {
    read: (config) => config.relayUrl,
    otherwise: null,
    good: [
      [RELAY, RELAY],
      ['smtps://user:pass%25word@relay.example.org', 'smtps://user:pass%25word@relay.example.org'],
      ['smtp://127.0.0.1/', 'smtp://127.0.0.1/'],
    ],
    bad: [
      ...['relay.example.org', 'http://relay.example.org', 'smtp://', 'smtp://user:password@host:port', 'smtp://relay.example.org/path'],
      ...[
        'smtp://relay.example.org?pool=true',
        'smtp://relay.example.org#x',
        'smtp://user:100%@relay.example.org',
        'smtp://relay.example.org:65536',
      ],
    ],
  },
  HEPOEX_SMTP_HOST: { read: (config) => config.smtp.host, ...HOSTS },
  HEPOEX_SMTP_PORT: { read: (config) => config.smtp.port, otherwise: 2525, ...PORTS },
  HEPOEX_SMTPS_PORT: { read: (config) => config.smtp.smtpsPort, otherwise: null, ...PORTS },
  HEPOEX_WEB_HOST: { read: (config) => config.web.host, ...HOSTS },
  HEPOEX_WEB_PORT: { read: (config) => config.web.port, otherwise: 8080, ...PORTS },
  HEPOEX_PUBLIC_URL: {
    read: (config) => config.publicUrl,
    otherwise: null,
    good: [
      ['https://postbox.example.org', 'https://postbox.example.org'],
      ['https://postbox.example.org/', 'https://postbox.example.org'],
      ['HTTPS://Postbox.Example.org:443', 'https://postbox.example.org'],
      ['http://localhost:8080', 'http://localhost:8080'],
    ],
    bad: [
      ...['postbox.example.org', 'ftp://postbox.example.org', 'https://postbox.example.org/path', 'https://postbox.example.org?x=1'],
      ...['https://postbox.example.org/#x', 'https://user@postbox.example.org', 'https://:pass@postbox.example.org', 'https://'],
    ],
    beside: { HEPOEX_RELAY_URL: RELAY },
  },
  HEPOEX_INTAKE_DOMAIN: {
    read: (config) => config.intakeDomain,
    otherwise: 'intake.localhost',
    good: [
      ['intake.example.org', 'intake.example.org'],
      ['Intake.EXAMPLE.org', 'intake.example.org'],
    ],
    bad: [
      'intake@example.org',
      '-x.example.org',
      'x-.example.org',
      'a..b',
      '.example.org',
      'example.org.',
      'ünicode.example',
      `${'a'.repeat(64)}.org`,
      'a b',
    ],
  },
  HEPOEX_MAIL_FROM: {
    read: (config) => config.mailFrom,
    otherwise: 'postbox@intake.localhost',
    good: [['postbox+notices@example.org', 'postbox+notices@example.org']],
    bad: [
      'postbox',
      '@example.org',
      'postbox@',
      'a@b@example.org',
      'Postbox <a@example.org>',
      'a..b@example.org',
      '.a@example.org',
      'a@.',
      'a@b..c',
      'a b@example.org',
      `${'a'.repeat(65)}@example.org`,
    ],
  },
  HEPOEX_OPERATOR_NAME: {
    read: (config) => config.operator.name,
    otherwise: 'Health Postbox Express',
    good: [['Sample Clinic, Records', 'Sample Clinic, Records']],
    ...LINES,
  },
  HEPOEX_OPERATOR_EMAIL: {
    read: (config) => config.operator.email,
    otherwise: '',
    good: [['help@example.org', 'help@example.org']],
    bad: ['help', 'help@', 'a@b@example.org'],
  },
  HEPOEX_OPERATOR_PHONE: { read: (config) => config.operator.phone, otherwise: '', good: [['+1 555 0100', '+1 555 0100']], ...LINES },
  HEPOEX_OPERATOR_FAX: { read: (config) => config.operator.fax, otherwise: '', good: [['+1 555 0101', '+1 555 0101']], ...LINES },
  HEPOEX_TLS_CERT: {
    read: (config) => config.mailTls,
    otherwise: null,
    good: [['/tls/cert.pem', { cert: '/tls/cert.pem', key: '/tls/key.pem' }]],
    bad: [],
    beside: { HEPOEX_TLS_KEY: '/tls/key.pem' },
  },
  HEPOEX_WEB_TLS_CERT: {
    read: (config) => config.webTls,
    otherwise: null,
    good: [['/tls/web.pem', { cert: '/tls/web.pem', key: '/tls/web-key.pem' }]],
    bad: [],
    beside: { HEPOEX_WEB_TLS_KEY: '/tls/web-key.pem' },
  },
  HEPOEX_TRUSTED_PROXIES: {
    read: (config) => config.trustedProxies,
    otherwise: [],
    good: [
      ['10.0.0.0/8', ['10.0.0.0/8']],
      ['127.0.0.1, 2001:db8::/32', ['127.0.0.1', '2001:db8::/32']],
    ],
    bad: ['proxy.example.org', '10.0.0.0/33', '10.0.0.1;10.0.0.2', '10.1', ',', '*'],
  },
  HEPOEX_SMTP_PROXIES: {
    read: (config) => config.smtpProxies,
    otherwise: [],
    good: [['10.0.0.1, 2001:db8::/32', ['10.0.0.1', '2001:db8::/32']]],
    bad: ['proxy.example.org', '10.0.0.0/33', ',', '*'],
  },
  HEPOEX_DKIM_DOMAIN: {
    read: (config) => config.dkim,
    otherwise: null,
    good: [['Example.org', { domain: 'example.org', selector: 's1', keyFile: '/dkim.pem' }]],
    bad: ['not a domain'],
    beside: { HEPOEX_DKIM_SELECTOR: 's1', HEPOEX_DKIM_KEY: '/dkim.pem' },
  },
  HEPOEX_DKIM_SELECTOR: {
    read: (config) => config.dkim,
    otherwise: null,
    good: [['s1.mail', { domain: 'example.org', selector: 's1.mail', keyFile: '/dkim.pem' }]],
    bad: ['s1..mail', 's 1'],
    beside: { HEPOEX_DKIM_DOMAIN: 'example.org', HEPOEX_DKIM_KEY: '/dkim.pem' },
  },
  HEPOEX_MAX_MESSAGE_BYTES: {
    read: (config) => config.maxMessageBytes,
    otherwise: 52_428_800,
    good: [
      ['65536', 65_536],
      ['268435456', 268_435_456],
    ],
    bad: ['65535', '268435457', '50M', '1e7', '-1', '0'],
  },
  HEPOEX_PACKAGE_DAYS: {
    read: (config) => config.packageDays,
    otherwise: 30,
    good: [
      ['1', 1],
      ['3650', 3650],
    ],
    bad: ['0', '3651', '1.5', 'a month'],
  },
  HEPOEX_EVENT_YEARS: {
    read: (config) => config.eventYears,
    otherwise: 6,
    good: [
      ['1', 1],
      ['100', 100],
    ],
    bad: ['0', '101', 'six'],
  },
  HEPOEX_CLAMD: {
    read: (config) => config.clamd,
    otherwise: null,
    good: [
      ['tcp://127.0.0.1:3310', { host: '127.0.0.1', port: 3310 }],
      ['tcp://[::1]:3310', { host: '::1', port: 3310 }],
      ['tcp://clamav:3310', { host: 'clamav', port: 3310 }],
      ['unix:/run/clamav/clamd.ctl', { path: '/run/clamav/clamd.ctl' }],
    ],
    bad: [
      ...['127.0.0.1:3310', 'tcp://127.0.0.1', 'tcp://127.0.0.1:0', 'tcp://127.0.0.1:65536', 'tcp://127.0.0.1:3310/path', 'tcp://:3310'],
      ...['http://127.0.0.1:3310', 'unix:clamd.ctl', 'unix:', '/run/clamav/clamd.ctl', 'tcp://user@127.0.0.1:3310'],
    ],
  },
  HEPOEX_METRICS_TOKEN: {
    read: (config) => config.metricsToken,
    otherwise: null,
    good: [
      ['0123456789abcdef0123', '0123456789abcdef0123'],
      ['YWJjZGVmZ2hpamtsbW5vcHFyc3Q=', 'YWJjZGVmZ2hpamtsbW5vcHFyc3Q='],
    ],
    bad: ['short', 'two words of some length', `tab\t${'x'.repeat(20)}`, 'x'.repeat(201), 'ünïcödé-ünïcödé-ünïcödé'],
  },
  HEPOEX_DNS_SERVERS: {
    read: (config) => config.dnsServers,
    otherwise: null,
    good: [
      ['127.0.0.1', ['127.0.0.1']],
      ['192.0.2.1:5353, [2001:db8::1]:53 2001:db8::2', ['192.0.2.1:5353', '[2001:db8::1]:53', '2001:db8::2']],
    ],
    bad: ['dns.example.org', '127.0.0.1:0', '127.0.0.1:65536', '[::1]:0', '127.0.0.1:', '10.0.0.0/8', '[127.0.0.1]', ','],
  },
}

function refusal(environment: Environment): string {
  try {
    loadConfig(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return 'not refused'
}

for (const [name, { read, otherwise, good, bad, beside = {} }] of Object.entries(CASES)) {
  t.test(`${name} may be unset or blank`, async (t) => {
    t.same(read(loadConfig({})), otherwise)
    t.same(read(loadConfig({ [name]: '  ' })), otherwise)
  })
  t.test(`${name} is read`, async (t) => {
    for (const [value, becomes] of good) t.same(read(loadConfig({ ...beside, [name]: value })), becomes, value)
  })
  if (bad.length === 0) continue
  t.test(`${name} is refused when it can't be used`, async (t) => {
    for (const value of bad) {
      const said = refusal({ ...beside, [name]: value })
      t.ok(said.startsWith(`${name} must `), `${JSON.stringify(value)}: ${said}`)
      t.notMatch(said, /\n/, 'is one line')
    }
  })
}

t.test('the key file lies in the folder for configuration', async (t) => {
  t.equal(loadConfig({ XDG_CONFIG_HOME: '/home/sample/conf' }).keyFile, '/home/sample/conf/hepoex/service.key')
})

t.test('notices come from the intake domain unless told otherwise', async (t) => {
  t.equal(loadConfig({ HEPOEX_INTAKE_DOMAIN: 'intake.example.org' }).mailFrom, 'postbox@intake.example.org')
})

const TOGETHER = [
  ['HEPOEX_TLS_CERT', 'HEPOEX_TLS_KEY'],
  ['HEPOEX_WEB_TLS_CERT', 'HEPOEX_WEB_TLS_KEY'],
  ['HEPOEX_DKIM_DOMAIN', 'HEPOEX_DKIM_SELECTOR', 'HEPOEX_DKIM_KEY'],
]

for (const names of TOGETHER) {
  t.test(`${names.join(', ')} go together`, async (t) => {
    for (const missing of names) {
      const others = names.filter((name) => name !== missing)
      t.match(
        refusal(Object.fromEntries(others.map((name) => [name, 'example']))),
        new RegExp(`^${missing} is missing: .*go together`),
        missing,
      )
    }
  })
}

t.test('a variable nobody knows is refused, so that a slip of the pen is noticed', async (t) => {
  t.match(refusal({ HEPOEX_SMTP_PROT: '2525' }), /^HEPOEX_SMTP_PROT is not a setting of this service/)
  t.match(refusal({ HEPOEX_: 'x' }), /^HEPOEX_ is not a setting of this service/)
  t.equal(loadConfig({ HEPOEX_SMTP_PROT: ' ', HEPOEXX: 'x', SMTP_PROT: 'x' }).smtp.port, 2525)
})

const NOT_YET = ['HEPOEX_DATABASE_URL', 'HEPOEX_PACKAGE_STORE', 'HEPOEX_S3_ENDPOINT']

for (const name of NOT_YET) {
  t.test(`${name} is refused: it would silently do nothing`, async (t) => {
    t.equal(refusal({ [name]: 'postgres://user:hunter2@db.example.org' }), `${name} is not supported by this version: unset it`)
  })
}

const OIDC = { HEPOEX_OIDC_ISSUER: 'https://login.example.org', HEPOEX_OIDC_CLIENT_ID: 'postbox', HEPOEX_OIDC_CLIENT_SECRET: 'hunter2' }

t.test('an OpenID Connect provider has issuer, client id and secret, and is called by its host unless it has a name', async (t) => {
  t.equal(loadConfig({}).oidc, null)
  const oidc = { issuer: 'https://login.example.org/', clientId: 'postbox', clientSecret: 'hunter2', name: 'login.example.org' }
  t.strictSame(loadConfig(OIDC).oidc, oidc)
  t.strictSame(loadConfig({ ...OIDC, HEPOEX_OIDC_NAME: 'Sample Login' }).oidc, { ...oidc, name: 'Sample Login' })
  const issuer = (url: string) => loadConfig({ ...OIDC, HEPOEX_OIDC_ISSUER: url }).oidc?.issuer
  t.equal(issuer('https://login.example.org/realms/a'), 'https://login.example.org/realms/a')
  t.equal(issuer('http://127.0.0.1:9000'), 'http://127.0.0.1:9000/')
})

for (const name of Object.keys(OIDC)) {
  t.test(`an OpenID Connect provider without ${name} is refused`, async (t) => {
    t.match(refusal({ ...OIDC, [name]: ' ' }), new RegExp(`^${name} is missing`))
    t.match(refusal({ HEPOEX_OIDC_NAME: 'Sample Login' }), /^HEPOEX_OIDC_ISSUER is missing/)
  })
}

for (const url of [
  'http://login.example.org',
  'login.example.org',
  'https://u:p@login.example.org',
  'https://login.example.org/?a',
  'ftp://a',
]) {
  t.test(`${url} is refused as an issuer`, async (t) => {
    t.match(refusal({ ...OIDC, HEPOEX_OIDC_ISSUER: url }), /^HEPOEX_OIDC_ISSUER must /)
  })
}

t.test('no refusal gives a secret away', async (t) => {
  const secret = 'hunter2'
  const environments: Environment[] = [
    { HEPOEX_RELAY_URL: `http://user:${secret}@relay.example.org` },
    { HEPOEX_RELAY_URL: `smtp://user:${secret}@relay.example.org/path` },
    { HEPOEX_RELAY_URL: `smtp://user:${secret}%@relay.example.org` },
    { HEPOEX_RELAY_URL: `smtp://user:${secret}@relay example.org` },
    { HEPOEX_RELAY_URL: secret },
    { HEPOEX_RELAY_PASSWORD: secret },
    { HEPOEX_METRICS_TOKEN: secret },
    { HEPOEX_OIDC_CLIENT_SECRET: secret },
    { HEPOEX_PUBLIC_URL: `https://user:${secret}@postbox.example.org` },
  ]
  for (const environment of environments) {
    const said = refusal(environment)
    t.match(said, /^HEPOEX_/)
    t.notMatch(said, secret)
    t.notMatch(said, /\n/)
  }
})

const OTHERS = [
  '0.0.0.0',
  '::',
  '192.0.2.1',
  '2001:db8::1',
  'mail.example.org',
  '127.0.0.1.example.org',
  '1.127.0.0.1',
  'localhost.example.org',
]
const PUBLIC: ReadonlyArray<readonly [name: string, value: string]> = [
  ...OTHERS.flatMap((host) => ['HEPOEX_SMTP_HOST', 'HEPOEX_WEB_HOST'].map((name) => [name, host] as const)),
  ['HEPOEX_PUBLIC_URL', 'https://postbox.example.org'],
  ['HEPOEX_PUBLIC_URL', 'http://192.0.2.1:8080'],
  ['HEPOEX_PUBLIC_URL', 'http://[2001:db8::1]'],
  ['HEPOEX_PUBLIC_URL', 'https://localhost.example.org'],
]

for (const [name, value] of PUBLIC) {
  t.test(`trying out is refused with ${name}=${value}`, async (t) => {
    t.match(refusal({ [name]: value }), new RegExp(`^${name} names a host others can reach, so HEPOEX_RELAY_URL must be set`))
    t.equal(loadConfig({ [name]: value, HEPOEX_RELAY_URL: RELAY }).relayUrl, RELAY, 'and fine with a relay')
  })
}

t.test('trying out is fine while every host is this machine', async (t) => {
  const config = loadConfig({ HEPOEX_SMTP_HOST: '::1', HEPOEX_WEB_HOST: 'localhost', HEPOEX_PUBLIC_URL: 'http://127.0.0.1:8080' })
  t.equal(config.relayUrl, null)
})

t.test('a host is this machine by name or address only', async (t) => {
  for (const name of ['localhost', 'LOCALHOST', 'intake.localhost', '127.0.0.1', '127.9.9.9', '::1', '[::1]'])
    t.equal(isLoopbackHost(name), true, name)
  for (const name of ['', 'localhost.example.org', 'notlocalhost', '127.0.0.1.example.org', '::', '0.0.0.0', '::2', '128.0.0.1']) {
    t.equal(isLoopbackHost(name), false, name)
  }
})

t.test('of the default size a message holds about 37 MB of files, and of any size at least one', async (t) => {
  t.equal(megabytesOfFiles(loadConfig({}).maxMessageBytes), 37)
  t.equal(megabytesOfFiles(65_536), 1)
})

t.test('the config cannot be changed afterwards', async (t) => {
  t.ok(Object.isFrozen(loadConfig({})))
})
