// hepoex admin: who may read the intake log.

import { type AdminRegistry, adminRegistry } from '../accounts/admins.js'
import { systemClock } from '../clock.js'
import type { Config } from '../config.js'
import { Post } from '../intake/post.js'
import { silentLog } from '../log.js'
import { canonicalAddress } from '../mail/address.js'
import { postOptions, siteOf } from '../service/parts.js'
import { type Command, type ExitCode, Refusal } from './command.js'
import { withStore } from './provider.js'

/** Mail is only queued here: the running service, or the next one, sends it. */
function withAdmins(config: Config, work: (registry: AdminRegistry) => Promise<ExitCode>): Promise<ExitCode> {
  return withStore(config, async (store) => {
    const publicUrl = () => siteOf(config)
    const options = await postOptions(config, store, silentLog, publicUrl)
    const post = new Post(options)
    try {
      return await work(adminRegistry({ store, clock: systemClock, publicUrl, queueMail: (tables, mail) => post.queueMail(tables, mail) }))
    } finally {
      await options.courier.close()
    }
  })
}

function addressIn(positionals: readonly string[]): string {
  const address = canonicalAddress(positionals[0] ?? '')
  if (address === null) throw new Refusal('that is not an e-mail address')
  return address
}

const invite: Command = {
  name: 'admin invite',
  summary: 'Lets somebody read the intake log, and mails a sign-in link.',
  usage: 'ADDRESS',
  options: {},
  positionals: { least: 1, most: 1 },
  help: ['  The mail leaves when the service runs. On a terminal the link is shown too.'],
  run: (io, given, config) =>
    withAdmins(config(), async (registry) => {
      const { address, link } = await registry.invite(addressIn(given.positionals))
      if (given.values.json) io.out(JSON.stringify({ address }))
      else io.out(`${address} may read the intake log; a sign-in link is on its way`)
      if (io.isTerminal && !given.values.json) io.out(`Sign in (once, within 24 hours): ${link}`)
      return 0
    }),
}

const list: Command = {
  name: 'admin list',
  summary: 'Lists the admins.',
  usage: '[--json]',
  options: {},
  help: [],
  run: (io, given, config) =>
    withAdmins(config(), async (registry) => {
      const admins = await registry.list()
      if (given.values.json) io.out(JSON.stringify(admins.map(({ address }) => ({ address }))))
      else if (admins.length === 0) io.out('There are no admins yet: hepoex admin invite ADDRESS')
      else for (const { address } of admins) io.out(address)
      return 0
    }),
}

const remove: Command = {
  name: 'admin remove',
  summary: 'Takes the intake log away from somebody, at once.',
  usage: 'ADDRESS',
  options: {},
  positionals: { least: 1, most: 1 },
  help: [],
  run: (io, given, config) =>
    withAdmins(config(), async (registry) => {
      const address = addressIn(given.positionals)
      if (!(await registry.remove(address))) throw new Refusal('there is no such admin: "hepoex admin list" shows them')
      if (given.values.json) io.out(JSON.stringify({ address, removed: true }))
      else io.out(`${address} can no longer read the intake log`)
      return 0
    }),
}

export const adminCommands: readonly Command[] = [invite, list, remove]
