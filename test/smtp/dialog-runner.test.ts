// The player of dialogs notices when a conversation goes otherwise.

import t, { type Test } from 'tap'
import { parseDialog, playDialog } from '../support/dialog.js'
import { openStage } from './stage.js'

async function play(t: Test, text: string): Promise<void> {
  const { listener, port, direct } = await openStage()
  t.teardown(() => listener.close(100))
  await playDialog(parseDialog(text), { port, direct, fingerprint256: 'AA:BB' })
}

t.test('another reply is an error that names its line', async (t) => {
  await t.rejects(play(t, '# greeting\ns <- 220 another.example ESMTP'), { message: /^line 2 \(s <- .*the server said: 220 intake/ })
  await t.rejects(play(t, '# greeting\n\ns <~ 221'), { message: /^line 3 / })
})

t.test('so is a server that stays, speaks on, or shows another certificate', async (t) => {
  await t.rejects(play(t, '# it speaks\ns <~ 220\nc -> QUIT\ns closes'), { message: /said before closing/ })
  await t.rejects(play(t, '# it closes\ns <~ 220\nc -> QUIT\ns <~ 221\ns <~ 250'), { message: /closed instead of replying/ })
  await t.rejects(play(t, '# plain\ns <~ 220\ns certificate'), { message: /another certificate/ })
})

t.test('so is a direction that is not true, or that nobody follows', async (t) => {
  await t.rejects(play(t, '# nothing yet\ns <~ 220\ndoor heard mail size'), { message: /the desk heard/ })
  const { listener, port } = await openStage()
  t.teardown(() => listener.close(100))
  const dialog = parseDialog('# directed\ndoor data throws')
  t.equal(dialog.isStaged, true)
  await t.rejects(playDialog(dialog, { port }), { message: /nobody to follow it/ })
})

t.test('a dialog begins with its behaviour', async (t) => {
  t.throws(() => parseDialog('s <~ 220'), { message: /comment/ })
  t.equal(parseDialog('# what is shown\ns <~ 220').isStaged, false)
})
