// hepoex provider: who may send, and how they are recognised.

import { type NewProvider, type ProviderRegistry, providerRegistry } from '../accounts/providers.js'
import type { Config } from '../config.js'
import { openStore, type Store } from '../store/store.js'
import { type Command, type ExitCode, type Given, type Io, Refusal, required, text, texts, UsageError } from './command.js'

const AUTH = ['dmarc', 'password', 'network'] as const

/** Opens the store for one command and closes it, whatever happens. */
export async function withStore<T>(config: Pick<Config, 'mailboxes' | 'keyFile'>, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore({ mailboxes: config.mailboxes, keyFile: config.keyFile })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

function withRegistry(config: Config, work: (registry: ProviderRegistry, store: Store) => Promise<ExitCode>): Promise<ExitCode> {
  return withStore(config, (store) => work(providerRegistry({ store, now: () => Date.now() }), store))
}

const add: Command = {
  name: 'provider add',
  summary: 'Registers a provider and gives it an intake address.',
  usage: '--name NAME --sender ADDRESS_OR_DOMAIN… [options]',
  options: {
    name: { type: 'string' },
    slug: { type: 'string' },
    sender: { type: 'string', multiple: true },
    'fax-sender': { type: 'string', multiple: true },
    fax: { type: 'string' },
    auth: { type: 'string', multiple: true },
    network: { type: 'string', multiple: true },
    receipts: { type: 'string' },
    'picked-up': { type: 'boolean' },
    unmatched: { type: 'string' },
  },
  help: [
    '  --name NAME                  as consumers and admins see it',
    '  --sender ADDRESS_OR_DOMAIN   who may send; again for each (whole public mail domains are refused)',
    '  --fax-sender ADDRESS_OR_DOMAIN   a fax gateway that mails faxes to its intake address; again for each',
    '  --fax NUMBER                 the telephone number of that gateway, for cover sheets',
    '  --slug SLUG                  the part before the @ of its intake address (made from the name)',
    '  --auth dmarc|password|network  how the sender is recognised; again for each (dmarc)',
    '  --network CIDR               a network the provider sends from; again for each',
    '  --receipts ADDRESS           where receipts go (to where each message came from)',
    '  --picked-up                  tell it, where receipts go, when a person opens what it sent for the first time',
    '  --unmatched reject|hold      what happens to a message that names no consumer (reject)',
  ],
  async run(io, given, config) {
    const wanted = readProvider(given)
    const settings = config()
    return withRegistry(settings, async (registry) => {
      const added = await registry.add(wanted)
      if (added.kind === 'refused') throw new Refusal(added.problem)
      const { provider, smtpPassword } = added
      const result = {
        id: provider.id,
        slug: provider.slug,
        intakeAddress: `${provider.slug}@${settings.intakeDomain}`,
        ...(provider.smtpUser && smtpPassword && { smtpUser: provider.smtpUser, smtpPassword }),
      }
      if (given.values.json) io.out(JSON.stringify(result))
      else describe(io, provider.name, result)
      return 0
    })
  },
}

function readProvider(given: Given): NewProvider {
  const auth = texts(given, 'auth')
  const networks = texts(given, 'network')
  const unknown = auth.find((each) => !(AUTH as readonly string[]).includes(each))
  if (unknown !== undefined) throw new UsageError('--auth takes dmarc, password or network')
  const unmatched = text(given, 'unmatched') ?? 'reject'
  if (unmatched !== 'reject' && unmatched !== 'hold') throw new UsageError('--unmatched takes reject or hold')
  const senders = texts(given, 'sender')
  const faxSenders = texts(given, 'fax-sender')
  if (senders.length + faxSenders.length === 0) throw new UsageError('--sender is missing')
  return {
    name: required(given, 'name'),
    slug: text(given, 'slug'),
    senders,
    faxSenders,
    fax: text(given, 'fax'),
    auth: (auth.length > 0 ? auth : ['dmarc']) as NewProvider['auth'],
    networks,
    receiptsTo: text(given, 'receipts'),
    pickedUp: given.values['picked-up'] === true,
    unmatched,
  }
}

function describe(io: Io, name: string, result: { slug: string; intakeAddress: string; smtpUser?: string; smtpPassword?: string }): void {
  io.out(`${name} may send to ${result.intakeAddress}`)
  if (!result.smtpUser) return
  io.out(`SMTP user      ${result.smtpUser}`)
  io.out(`SMTP password  ${result.smtpPassword}`)
  io.err('The password is shown this once and kept nowhere: note it now.')
}

const list: Command = {
  name: 'provider list',
  summary: 'Lists the providers.',
  usage: '[--json]',
  options: {},
  help: [],
  run: (io, given, config) =>
    withRegistry(config(), async (registry) => {
      const providers = await registry.list()
      const rows = providers.map(
        ({ id, slug, name, state, auth, senders, faxSenders, fax, networks, receiptsTo, pickedUp, unmatched }) => ({
          ...{ id, slug, name, state, auth, senders, faxSenders, fax, networks, receiptsTo, pickedUp, unmatched },
          intakeAddress: `${slug}@${config().intakeDomain}`,
        }),
      )
      if (given.values.json) io.out(JSON.stringify(rows))
      else if (rows.length === 0) io.out('There are no providers yet: hepoex provider add --help')
      else
        for (const row of rows)
          io.out(
            `${row.id}  ${row.state.padEnd(9)}  ${row.intakeAddress}  ${row.name}  (${row.auth.join(', ')}: ${[...row.senders, ...row.faxSenders.map((each) => `${each} (fax)`)].join(', ')})`,
          )
      return 0
    }),
}

function switching(verb: 'suspend' | 'resume', state: 'suspended' | 'active', summary: string): Command {
  return {
    name: `provider ${verb}`,
    summary,
    usage: 'ID',
    options: {},
    positionals: { least: 1, most: 1 },
    help: ['  ID   the id or the slug, as "hepoex provider list" shows them'],
    run: (io, given, config) =>
      withRegistry(config(), async (registry, store) => {
        const asked = given.positionals[0] ?? ''
        const provider = (await store.read.providers.byId(asked)) ?? (await store.read.providers.bySlug(asked.toLowerCase()))
        if (!provider) throw new Refusal('there is no such provider: "hepoex provider list" shows them')
        await (verb === 'suspend' ? registry.suspend(provider.id) : registry.resume(provider.id))
        if (given.values.json) io.out(JSON.stringify({ id: provider.id, slug: provider.slug, state }))
        else io.out(`${provider.name} (${provider.slug}) is ${state}`)
        return 0
      }),
  }
}

export const providerCommands: readonly Command[] = [
  add,
  list,
  switching('suspend', 'suspended', 'Refuses all mail to a provider’s intake address, until it is resumed.'),
  switching('resume', 'active', 'Takes mail to a provider’s intake address again.'),
]
