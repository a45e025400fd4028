import t from 'tap'
import { NotConvertibleError } from '../../../src/documents/copy.js'
import { copyPdf, isProtectedPdf } from '../../../src/documents/paged/pdf-copy.js'
import {
  PDFArray,
  PDFBool,
  PDFDict,
  type PDFDocument,
  PDFName,
  PDFNumber,
  type PDFObject,
  PDFString,
} from '../../../src/documents/pdf-library.js'
import { addField, annotationsOf, contentOf, insides, LIMITS, loaded, plainPdf, saved } from './pdf-samples.js'

async function copyOf(document: PDFDocument): Promise<PDFDocument> {
  return loaded((await copyPdf(await saved(document), LIMITS)).pdf)
}

async function reasonOf(bytes: Buffer): Promise<string> {
  return copyPdf(bytes, LIMITS).then(
    () => 'copied',
    (error) => (error instanceof NotConvertibleError ? error.reason : String(error)),
  )
}

t.test('every page comes along, in its order, with its size, boxes and rotation', async (t) => {
  const source = await plainPdf(12)
  const page = source.getPage(3).node
  page.set(PDFName.of('Rotate'), PDFNumber.of(90))
  page.set(PDFName.of('CropBox'), source.context.obj([10, 20, 200, 300]))
  page.set(PDFName.of('UserUnit'), PDFNumber.of(2))
  const { pdf, pages } = await copyPdf(await saved(source), LIMITS)
  t.equal(pages, 12)
  const copy = await loaded(pdf)
  t.equal(copy.getPageCount(), 12)
  for (const [index, { node }] of copy.getPages().entries()) {
    const contents = node.lookup(PDFName.of('Contents'), PDFArray)
    t.equal(contentOf(copy.context.lookup(contents.get(0))), `0 0 m ${index + 1} 100 l S`)
    t.same(copy.getPage(index).getSize(), { width: 300, height: 400 })
  }
  const turned = copy.getPage(3).node
  t.equal(turned.lookup(PDFName.of('Rotate'), PDFNumber).asNumber(), 90)
  t.equal(turned.lookup(PDFName.of('CropBox'), PDFArray).toString(), '[ 10 20 200 300 ]')
  t.equal(turned.lookup(PDFName.of('UserUnit'), PDFNumber).asNumber(), 2)
})

t.test('what pages inherit from the tree is theirs in the copy', async (t) => {
  const source = await plainPdf(2)
  const tree = source.catalog.Pages()
  tree.set(PDFName.of('Rotate'), PDFNumber.of(180))
  tree.set(PDFName.of('MediaBox'), source.context.obj([0, 0, 111, 222]))
  source.getPage(1).node.delete(PDFName.of('MediaBox'))
  const copy = await copyOf(source)
  t.same(copy.getPage(1).getSize(), { width: 111, height: 222 })
  t.equal(copy.getPage(1).node.lookup(PDFName.of('Rotate'), PDFNumber).asNumber(), 180)
})

t.test('nothing that acts or hides comes along, wherever it hangs', async (t) => {
  const source = await plainPdf(1)
  const { context, catalog } = source
  const script = () => context.obj({ S: 'JavaScript', JS: PDFString.of('marker()') })
  catalog.set(PDFName.of('OpenAction'), script())
  catalog.set(PDFName.of('AA'), context.obj({ WC: script() }))
  source.addJavaScript('start', 'marker()')
  await source.attach(Buffer.from('marker'), 'marker.exe')
  const page = source.getPage(0).node
  page.set(PDFName.of('AA'), context.obj({ O: script() }))
  page.set(PDFName.of('Metadata'), context.register(context.stream('marker', { Type: 'Metadata' })))
  const file = () => context.register(context.obj({ Type: 'Filespec', F: PDFString.of('marker.exe') }))
  const image = context.stream('\0', {
    Type: 'XObject',
    Subtype: 'Image',
    Width: 1,
    Height: 1,
    BitsPerComponent: 8,
    ColorSpace: 'DeviceGray',
  })
  image.dict.set(PDFName.of('AF'), context.obj([file()]))
  image.dict.set(PDFName.of('F'), file())
  const bait = context.obj({
    Bait: file(),
    Way: context.obj({ Type: 'Action', S: 'Launch', F: PDFString.of('marker') }),
    Home: source.getPage(0).ref,
  })
  page.set(PDFName.of('Resources'), context.obj({ XObject: { I: context.register(image) }, Properties: bait }))
  for (const action of [
    script(),
    context.obj({ S: 'URI', URI: PDFString.of('https://marker.example.com/') }),
    context.obj({ S: 'Launch' }),
  ]) {
    page.addAnnot(context.register(context.obj({ Type: 'Annot', Subtype: 'Link', Rect: [0, 0, 9, 9], A: action })))
  }
  page.addAnnot(context.register(context.obj({ Type: 'Annot', Subtype: 'FileAttachment', Rect: [0, 0, 9, 9], FS: file() })))
  await source.flush()
  const before = insides(await loaded(await saved(source)))
  const after = insides(await copyOf(source))
  const suspects = /marker|\/JavaScript|\/JS\b|\/Launch|\/URI|\/EmbeddedFile|\/Filespec|\/OpenAction|\/AA\b|\/Metadata|\/A\b/g
  t.ok(new Set(before.match(suspects)).size >= 10, 'all of it was there')
  t.same(after.match(suspects) ?? [], [])
  t.equal(after.match(/\/Image/g)?.length, 1, 'the image is there')
  t.equal(after.match(/\/Type \/Page\b/g)?.length, 1, 'the page is there once')
})

t.test('a filled field shows its value, and is no field any more', async (t) => {
  const source = await plainPdf(1)
  addField(source, 'Lisinopril', '(picture) pop')
  const copy = await copyOf(source)
  const [stamp] = annotationsOf(copy)
  t.equal(stamp?.get(PDFName.of('Subtype')), PDFName.of('Stamp'))
  t.match(contentOf(stamp?.lookup(PDFName.of('AP'), PDFDict).lookup(PDFName.of('N'))), '(picture) pop')
  t.notMatch(insides(copy), /\/AcroForm|\/Widget|\/FT\b/)
})

t.test('a value without a picture is drawn', async (t) => {
  const source = await plainPdf(1)
  addField(source, 'Łukasz 王', null)
  const copy = await copyOf(source)
  t.match(contentOf(annotationsOf(copy)[0]?.lookup(PDFName.of('AP'), PDFDict).lookup(PDFName.of('N'))), /Tj/)
  const inside = insides(copy)
  for (const letter of ['Ł', 'u', '王']) t.match(inside, new RegExp(`> <${letter.charCodeAt(0).toString(16).padStart(4, '0')}>`))
})

t.test('a ticked box shows its state, and hidden annotations stay hidden', async (t) => {
  const source = await plainPdf(1)
  const { context } = source
  const state = (content: string) => context.register(context.stream(content, { Subtype: 'Form', BBox: [0, 0, 9, 9] }))
  const box = (entries: Record<string, PDFObject>) => {
    const states = context.obj({ N: { Yes: state('% yes'), Off: state('% off') } })
    const field = context.obj({ Type: 'Annot', Subtype: 'Widget', FT: 'Btn', Rect: [0, 0, 9, 9], AP: states })
    for (const [key, value] of Object.entries(entries)) field.set(PDFName.of(key), value)
    source.getPage(0).node.addAnnot(context.register(field))
  }
  box({ AS: PDFName.of('Yes') })
  box({ AS: PDFName.of('Off'), F: PDFNumber.of(2) })
  const stamps = annotationsOf(await copyOf(source))
  t.same(
    stamps.map((stamp) => contentOf(stamp.lookup(PDFName.of('AP'), PDFDict).lookup(PDFName.of('N')))),
    ['% yes'],
  )
})

t.test('notes keep their words, without the way to where they were made', async (t) => {
  const source = await plainPdf(1)
  const note = { Type: 'Annot', Subtype: 'Text', Rect: [0, 0, 9, 9], Contents: PDFString.of('see page two'), A: { S: 'URI' } }
  source.getPage(0).node.addAnnot(source.context.register(source.context.obj(note)))
  const [copy] = annotationsOf(await copyOf(source))
  t.equal(copy?.lookup(PDFName.of('Contents'), PDFString).asString(), 'see page two')
  t.notOk(copy?.has(PDFName.of('A')))
})

t.test('layers that are hidden stay hidden', async (t) => {
  const source = await plainPdf(1)
  const { context } = source
  const [shown, hidden] = ['shown', 'hidden'].map((name) => context.register(context.obj({ Type: 'OCG', Name: PDFString.of(name) })))
  if (!shown || !hidden) throw new Error('two layers')
  source.getPage(0).node.set(PDFName.of('Resources'), context.obj({ Properties: { A: shown, B: hidden } }))
  const hiddenIn = async (settings: PDFObject) => {
    source.catalog.set(PDFName.of('OCProperties'), context.obj({ OCGs: [shown, hidden], D: settings }))
    const copy = await copyOf(source)
    const off = copy.catalog
      .lookup(PDFName.of('OCProperties'), PDFDict)
      .lookup(PDFName.of('D'), PDFDict)
      .lookup(PDFName.of('OFF'), PDFArray)
    return off.asArray().map((ref) => copy.context.lookup(ref, PDFDict).lookup(PDFName.of('Name'), PDFString).asString())
  }
  t.same(await hiddenIn(context.obj({ OFF: [hidden] })), ['hidden'])
  t.same(await hiddenIn(context.obj({ BaseState: 'OFF', ON: [shown] })), ['hidden'])
})

t.test('encryption with an empty password is taken off; any other is told apart from damage', async (t) => {
  const locked = async (userPassword: string) => {
    const document = await plainPdf(2)
    document.encrypt({ userPassword, ownerPassword: 'the owner', permissions: { copying: false } })
    return saved(document)
  }
  const open = await locked('')
  t.equal(await isProtectedPdf(open), false)
  const { pdf, pages } = await copyPdf(open, LIMITS)
  t.equal(pages, 2)
  t.notMatch(pdf.toString('latin1'), '/Encrypt')
  t.match(insides(await loaded(pdf)), '0 0 m 2 100 l S')
  const closed = await locked('a secret')
  t.equal(await isProtectedPdf(closed), true)
  t.equal(await reasonOf(closed), 'protected')
  t.equal(await isProtectedPdf(await saved(await plainPdf(1))), false)
  t.equal(await isProtectedPdf(Buffer.from('no PDF, but /Encrypt')), false)
  t.equal(await isProtectedPdf(Buffer.concat([Buffer.from('%PDF-1.7 /Encrypt 9 0 R 9 0 obj'), Buffer.alloc(9)])), false)
})

t.test('damage is refused rather than shown as fewer or empty pages', async (t) => {
  t.equal(await reasonOf(Buffer.alloc(0)), 'damaged')
  t.equal(await reasonOf(Buffer.from('%PDF-1.7\n%%EOF')), 'damaged')
  const broken = async (change: (document: PDFDocument) => void) => {
    const document = await plainPdf(3)
    change(document)
    return reasonOf(await saved(document))
  }
  t.equal(await broken(() => undefined), 'copied')
  t.equal(await broken(({ catalog }) => catalog.Pages().set(PDFName.of('Count'), PDFNumber.of(4))), 'damaged', 'a page is missing')
  t.equal(
    await broken(({ catalog, context }) => catalog.Pages().set(PDFName.of('Kids'), context.obj([context.nextRef()]))),
    'damaged',
    'a hole',
  )
  t.equal(
    await broken(({ catalog }) => {
      const [pages, kids] = [catalog.get(PDFName.of('Pages')), catalog.Pages().Kids()]
      if (pages) kids.push(pages)
    }),
    'damaged',
    'a tree that loops',
  )
  t.equal(await broken((document) => document.getPage(0).node.set(PDFName.of('Contents'), PDFName.of('Nothing'))), 'damaged', 'no stream')
  t.equal(await broken(({ catalog, context }) => catalog.set(PDFName.of('Pages'), context.obj({ Kids: [] }))), 'damaged', 'no pages')
})

t.test('limits hold', async (t) => {
  t.equal(await reasonOf(await saved(await plainPdf(51))), 'too-many-pages')
  t.equal(await reasonOf(await saved(await plainPdf(50))), 'copied')
  const form = await plainPdf(1)
  form.catalog.set(PDFName.of('NeedsRendering'), PDFBool.True)
  t.equal(await reasonOf(await saved(form)), 'no-converter')
})

t.test('a chain of objects as long as the file is followed, and arrays in each other are not', async (t) => {
  const source = await plainPdf(1)
  const { context } = source
  let next: PDFObject = context.obj({ End: true })
  for (let link = 0; link < 12_000; link++) next = context.register(context.obj({ Next: next }))
  source.getPage(0).node.set(PDFName.of('Resources'), context.obj({ Properties: { Chain: next } }))
  t.equal(await reasonOf(await saved(source)), 'copied')
  let deep: PDFObject = context.obj([])
  for (let depth = 0; depth < 200; depth++) deep = context.obj([deep])
  source.getPage(0).node.set(PDFName.of('Resources'), context.obj({ Properties: { Deep: deep } }))
  t.equal(await reasonOf(await saved(source)), 'damaged')
})

t.test('the same file makes the same copy', async (t) => {
  const source = await plainPdf(3)
  addField(source, 'Łukasz', null)
  const bytes = await saved(source)
  t.ok((await copyPdf(bytes, LIMITS)).pdf.equals((await copyPdf(bytes, LIMITS)).pdf))
})
