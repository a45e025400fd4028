// In the sweep the same few answers are stretched again and again, each time to the same key: a sixth of all there was to compute. Loaded
// before the service, this remembers them; whatever is stretched for the first time is stretched for real.

import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'

/** What is cheaper than an answer is a code's, and never the same again. */
const ANSWER_COST = 2 ** 17

const stretch = crypto.scrypt
/** Secret, salt and length -> the key. */
const known = new Map()

crypto.scrypt = (secret, salt, length, options, done) => {
  if (options.N < ANSWER_COST) return stretch(secret, salt, length, options, done)
  const which = [Buffer.from(secret).toString('hex'), salt.toString('hex'), length, options.N].join(' ')
  const key = known.get(which)
  // A copy: whoever asked wipes it.
  if (key) return setImmediate(done, null, Buffer.from(key))
  return stretch(secret, salt, length, options, (error, fresh) => {
    if (!error) known.set(which, Buffer.from(fresh))
    done(error, fresh)
  })
}
syncBuiltinESMExports()
