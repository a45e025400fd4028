import t from 'tap'
import { cdaHtml } from '../../../src/documents/clinical/cda.js'
import { embeddedDocuments } from '../../../src/documents/clinical/embedded-documents.js'
import { NotConvertibleError } from '../../../src/documents/copy.js'
import { cda, dangers, PDF, PNG, section, text, wordsOf } from './samples.js'

const page = (bytes: Buffer) => cdaHtml(bytes, text).html.toString()
const base64 = (bytes: Buffer) => bytes.toString('base64')

t.test('the head says what, about whom, from whom and when', async (t) => {
  const html = page(cda(section('Plan', '<text>Rest.</text>')))
  const words = wordsOf(html)
  t.match(html, '<title>Sample Clinic: Discharge</title>')
  t.match(html, '<h1>Sample Clinic: Discharge</h1>')
  for (const said of [
    'Kind of document Discharge summary',
    'Patient Maria Sample',
    'Born March 1945',
    'Sex Female',
    'Address 1 Sample Street, Sampleton, OR 97000',
    'Contact +1-555-0100 (home)',
    'Patient number MRN-55',
    'From Sample Clinic',
    'Written by Dr. Ada Example, on March 4, 2015',
    'Also sent to Bob Recipient',
    'Version 2',
    'This document replaces an earlier version (version 1)',
    'Document number DOC-7',
  ]) {
    t.match(words, said)
  }
  t.match(words.replace(/\u202f/g, ' '), 'Date of the document March 4, 2015 at 2:05 PM (UTC−05:00)')
  t.notMatch(html, '111-00-2330', 'no number of social security')
  t.notMatch(html, '2.16.840', 'no bare identifiers of systems')
  t.notMatch(words, 'restricted')
})

t.test('a restricted document says so', async (t) => {
  const restricted = Buffer.from(cda('').toString().replace('confidentialityCode code="N"', 'confidentialityCode code="R"'))
  t.match(wordsOf(page(restricted)), 'marked this document as restricted')
})

t.test('narratives: paragraphs, lists, emphasis, lines, footnotes', async (t) => {
  const html = page(
    cda(
      section(
        'Plan',
        `<text><paragraph>One <content styleCode="Bold Underline">bold</content><br/><content styleCode="Italics">slanted</content> H<sub>2</sub>O</paragraph>
        <list listType="ordered"><caption>Steps</caption><item>first</item><item><list><item>inner</item></list></item></list>
        <content revised="delete">old dose</content><content revised="insert">new dose</content>
        <content ID="t1">target</content><linkHtml href="#t1">jump</linkHtml><footnoteRef IDREF="f1">see note</footnoteRef><footnote ID="f1">a note</footnote>
        <linkHtml href="https://clinic.example/x">clinic</linkHtml><linkHtml href="mailto:a@clinic.example">mail</linkHtml>
        <unheard>kept</unheard></text>`,
      ),
    ),
  )
  t.match(html, '<strong><u>bold</u></strong><br><em>slanted</em> H<sub>2</sub>O')
  t.match(html, /<ol><li>first<\/li><li><ul><li>inner<\/li><\/ul><\/li><\/ol>/)
  t.match(html, '<div class="heading">Steps</div>')
  t.match(html, '<del>old dose</del><small> (crossed out by the sender)</small><ins>new dose</ins>')
  t.match(html, '<span id="r1">target</span><a href="#r1">jump</a>')
  t.match(html, '<a href="#r2">see note</a><small id="r2">[a note]</small>')
  t.match(html, '<a href="https://clinic.example/x" rel="noopener noreferrer">clinic</a>')
  t.match(html, '<a href="mailto:a@clinic.example" rel="noopener noreferrer">mail</a>')
  t.match(html, 'kept')
  t.strictSame(dangers(html), [])
})

t.test('a paragraph that holds a table or a list is none in HTML, or it would end before it', async (t) => {
  const html = page(cda(section('Plan', '<text><paragraph>a<list><item>b</item></list></paragraph></text>')))
  t.match(html, '<div class="paragraph">a<ul><li>b</li></ul></div>')
})

t.test('plain tables fold, and stay tables to a screen reader', async (t) => {
  const html = page(
    cda(
      section(
        'Results',
        '<text><table border="1"><caption>Blood</caption><thead><tr><th>Test</th><th>Value</th><th>Date</th></tr></thead><tbody><tr ID="x"><td>Iron</td><td>12</td><td/></tr><tr><td colspan="3">No more</td></tr></tbody></table></text>',
      ),
    ),
  )
  t.match(html, '<table class="fold" role="table"><caption>Blood</caption>')
  t.match(html, '<th role="columnheader" scope="col">Test</th>')
  t.match(html, '<td role="cell" data-label="Value">12</td>')
  t.match(html, '<td role="cell" colspan="3">No more</td>')
  t.match(html, '<td role="cell" data-label="Date"></td>')
})

t.test('a first row of heads is one without thead, too; many columns fold sooner', async (t) => {
  const row = (cell: string) => `<tr>${Array.from({ length: 8 }, (_one, at) => `<${cell}>${at}</${cell}>`).join('')}</tr>`
  const html = page(cda(section('Results', `<text><table><tbody>${row('th')}${row('td')}</tbody></table></text>`)))
  t.match(html, '<table class="fold wide" role="table"><thead')
  t.match(html, '<td role="cell" data-label="7">7</td>')
})

t.test('tables with merged cells keep their shape and scroll, by keyboard as well', async (t) => {
  const html = page(
    cda(
      section(
        'Vitals',
        '<text><table><thead><tr><th rowspan="2">A</th><th colspan="2">B</th></tr><tr><th>C</th><th>D</th></tr></thead><tbody><tr><td rowspan="99999999">1</td><td colspan="-2">2</td><td>3</td></tr></tbody></table></text>',
      ),
    ),
  )
  t.match(html, '<div class="scroll" role="group" tabindex="0" aria-label="Table: Vitals">')
  t.match(html, '<th rowspan="2">A</th><th colspan="2">B</th>')
  t.match(html, '<td>1</td><td>2</td><td>3</td>', 'spans that are no small numbers are dropped')
})

t.test('text that stands where none belongs is kept', async (t) => {
  const words = wordsOf(
    page(
      cda(
        section(
          'Odd',
          '<text>loose<table>one<tr>two<td>three</td></tr><tbody>four<p>five</p></tbody></table><list>six<item>seven</item><content>eight</content></list><td>nine</td></text>',
        ),
      ),
    ),
  )
  for (const word of ['loose', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']) t.match(words, word)
})

t.test('nothing hostile comes through', async (t) => {
  const html = page(
    cda(
      section(
        '&lt;script&gt;alert(1)&lt;/script&gt;',
        `<text><script>alert(1)</script><style>body{display:none}</style><content style="background:url(https://evil.example)" onclick="x()" styleCode="expression(alert(1))">a</content>
        <img src="https://evil.example/p.png" onerror="x()" alt="a &quot;picture&quot;"/><img src="x" /><a href="javascript:alert(1)">b</a><linkHtml href=" jAvAsCript:alert(1)">c</linkHtml>
        <linkHtml href="java&#9;script:alert(1)">d</linkHtml><linkHtml href="data:text/html,x">e</linkHtml><linkHtml href="//evil.example">f</linkHtml><linkHtml href="file:///etc/passwd">g</linkHtml>
        <linkHtml href="https://x.example/&quot; onmouseover=&quot;x()">h</linkHtml><iframe src="https://evil.example">i</iframe><svg onload="x()"><text>j</text></svg><object data="x">k</object>
        <content ID="&quot;&gt;&lt;script&gt;">l</content><linkHtml href="#&quot;&gt;&lt;script&gt;">m</linkHtml><form action="x"><input value="n"/></form>
        <table style="x" onclick="x()"><tr><td colspan="1&quot; onclick=&quot;x()" background="u">o</td></tr></table><xhtml:script xmlns:xhtml="http://www.w3.org/1999/xhtml">p</xhtml:script>&lt;b&gt;q</text>`,
      ),
      '<documentationOf><serviceEvent><code displayName="&lt;img src=x onerror=alert(1)&gt;"/></serviceEvent></documentationOf>',
    ),
  )
  t.strictSame(dangers(html), [])
  t.notMatch(html, 'alert(1)</script>')
  t.notMatch(html, 'evil.example')
  t.match(html, '&lt;script&gt;alert(1)&lt;/script&gt;</h2>')
  t.match(wordsOf(html), '(picture not included: a "picture")')
  t.match(wordsOf(html).replace(/\s/g, ''), '(picturenotincluded)bcdefghijklmo<b>q', 'all of its text')
})

t.test('sections without narrative show their entries, and never the contrary of them', async (t) => {
  const words = wordsOf(
    page(
      cda(
        section(
          'Allergies',
          `<entry><act><code code="CONC"/><statusCode code="active"/><entryRelationship><observation negationInd="true"><code displayName="Assertion"/><value xsi:type="CD" displayName="Drug allergy"/>
           <participant><participantRole><playingEntity><code displayName="Penicillin"/></playingEntity></participantRole></participant></observation></entryRelationship></act></entry>`,
        ) +
          section(
            'Medicines',
            `<text nullFlavor="NI"/><entry><substanceAdministration negationInd="true"><consumable><manufacturedProduct><manufacturedMaterial><code displayName="Aspirin"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>
            <entry><substanceAdministration moodCode="INT"><statusCode code="aborted"/><effectiveTime><low value="20150304"/></effectiveTime><effectiveTime xsi:type="PIVL_TS"><period value="6" unit="h"/></effectiveTime><doseQuantity value="2" unit="mg"/>
            <consumable><manufacturedProduct><manufacturedMaterial><code displayName="Insulin"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>`,
          ) +
          section(
            'Procedures',
            '<entry><procedure negationInd="true"><code><originalText>Knee surgery</originalText></code></procedure></entry>',
          ) +
          section(
            'Results',
            `<entry><organizer><code displayName="Panel"/><component><observation><code displayName="Sodium"/><value xsi:type="PQ" value="129" unit="mmol/L"/><interpretationCode code="L"/>
            <referenceRange><observationRange><value xsi:type="IVL_PQ"><low value="135" unit="mmol/L"/><high value="145" unit="mmol/L"/></value></observationRange></referenceRange></observation></component>
            <component><observation><code displayName="Troponin"/><value xsi:type="IVL_PQ"><high value="0.01" unit="ng/mL" inclusive="false"/></value></observation></component></organizer></entry>`,
          ) +
          section('Nothing', '<text/>') +
          `<component><section nullFlavor="MSK"><title>Kept back</title></section></component>`,
      ),
    ),
  )
  t.match(words, 'The sender wrote no text for this section')
  t.match(words, 'No: Drug allergy')
  t.match(words, 'About Penicillin')
  t.match(words, 'Not given: Aspirin')
  t.match(words, 'Insulin (planned, not yet done)')
  t.match(words, /Insulin.*When since March 4, 2015 every 6 hours Status Stopped before it was complete Dose 2 mg/)
  t.match(words, 'Not done: Knee surgery')
  t.match(words, 'Sodium Result 129 mmol/L Assessment Low Normal range 135 mmol/L to 145 mmol/L')
  t.match(words, 'Troponin Result less than 0.01 ng/mL')
  t.match(words, 'Nothing The sender wrote nothing here.')
  t.match(words, 'Kept back The sender wrote nothing here. Reason given: Withheld by the sender.')
})

t.test('sections stand in sections, under headings in order', async (t) => {
  const html = page(cda(section('Outer', `<text>a</text>${section('Inner', `<text>b</text>${section('Innermost', '<text>c</text>')}`)}`)))
  t.match(html, /<h2 id="s1">Outer<\/h2>.*<h3 id="s2">Inner<\/h3>.*<h4 id="s3">Innermost<\/h4>/s)
})

t.test('pictures stand in the page, other media beside it', async (t) => {
  const media = (id: string, type: string, bytes: Buffer) =>
    `<entry><observationMedia ID="${id}"><value mediaType="${type}" representation="B64">${base64(bytes)}</value></observationMedia></entry>`
  const { html, embedded } = cdaHtml(
    cda(
      section(
        'Pictures',
        `<text><renderMultiMedia referencedObject="m1"><caption>My hand</caption></renderMultiMedia><renderMultiMedia referencedObject="m2"/><renderMultiMedia referencedObject="lost"/></text>
        ${media('m1', 'image/png', PNG)}${media('m2', 'image/jpeg', PDF)}${media('m3', 'image/gif', Buffer.from('II*\0 a scan'))}
        <entry><act><text mediaType="text/plain" representation="B64">${base64(Buffer.from('plain words'))}</text></act></entry>
        <entry><observationMedia ID="m5"><value mediaType="image/png" representation="B64">!!!</value></observationMedia></entry>`,
      ),
    ),
    text,
  )
  t.match(html.toString(), `<img src="data:image/png;base64,${base64(PNG)}" alt="Picture from the record">`)
  t.strictSame(
    embedded.map(({ mediaType, bytes }) => [mediaType, bytes.equals(PDF)]),
    [
      ['application/pdf', true],
      ['image/tiff', false],
    ],
    'by their bytes, in order; what is no picture is not shown as one',
  )
  const words = wordsOf(html)
  t.match(words, 'kept beside this page as a separate file: PDF document')
  t.match(words, '(picture not included)')
  t.match(words, 'plain words')
  t.match(words, 'One document inside this record could not be read')
})

t.test('a body that is a document of its own', async (t) => {
  const unstructured = (inside: string) =>
    Buffer.from(
      cda('')
        .toString()
        .replace(/<component><structuredBody>.*<\/structuredBody>/s, `<component><nonXMLBody>${inside}</nonXMLBody>`),
    )
  const pdf = unstructured(`<text mediaType="application/pdf" representation="B64">\n${base64(PDF).replace(/.{40}/g, '$&\n')}\n</text>`)
  const { html, embedded } = cdaHtml(pdf, text)
  t.equal(embedded.length, 1)
  t.strictSame({ ...embedded[0] }, { name: 'Sample Clinic: Discharge', mediaType: 'application/pdf', bytes: PDF })
  t.match(wordsOf(html), 'It is kept beside this page as a separate file: PDF document')
  t.strictSame(await embeddedDocuments(pdf), embedded, 'those who unpack get the same')
  t.match(page(unstructured('<text mediaType="text/plain">Line 1\n  Line &lt;2&gt;</text>')), '<pre>Line 1\n  Line &lt;2&gt;</pre>')
  t.match(page(unstructured(`<text mediaType="text/plain" representation="B64">${base64(Buffer.from('Zoë'))}</text>`)), '<pre>Zoë</pre>')
  t.match(
    wordsOf(page(unstructured('<text><reference value="https://clinic.example/a.pdf"/></text>'))),
    'The sender keeps it at: https://clinic.example/a.pdf',
  )
  t.match(wordsOf(page(unstructured('<text representation="B64">%%%</text>'))), 'could not be read')
  t.match(wordsOf(page(unstructured(''))), 'The sender wrote nothing here.')
})

t.test('what holds no document is not even read for one', async (t) => {
  t.strictSame(await embeddedDocuments(Buffer.from('<broken')), [])
  t.strictSame(await embeddedDocuments(Buffer.from('B64'), 'image/png'), [])
  await t.rejects(embeddedDocuments(Buffer.from('<broken B64')), NotConvertibleError)
})

t.test('the text says its own language to screen readers', async (t) => {
  const spoken = (tag: string) => page(Buffer.from(cda('').toString().replace('en-US', tag)))
  t.match(spoken('es'), '<html lang="en">')
  t.match(spoken('es'), '<div lang="es"><h1>')
  t.match(spoken('eng'), '<div lang="en"><h1>')
  for (const wrong of ['', 'x', 'zzz', '&quot; onclick=&quot;']) t.notMatch(spoken(wrong), '<div lang')
})

t.test('pieces of documents are read, other XML is not', async (t) => {
  t.match(page(Buffer.from('<section><title>Alone</title><text>x</text></section>')), '<h2 id="s1">Alone</h2>')
  t.match(page(Buffer.from('<component><section><title>Alone</title><text>x</text></section></component>')), '<h2 id="s1">Alone</h2>')
  t.match(
    wordsOf(page(Buffer.from('<recordTarget><patientRole><patient><name>Ann Sample</name></patient></patientRole></recordTarget>'))),
    'Patient Ann Sample',
  )
  for (const xml of [
    '<empty/>',
    '',
    '<ClinicalDocument>',
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><ClinicalDocument><title>&e;</title></ClinicalDocument>',
    '%PDF-1.4',
  ]) {
    t.throws(() => cdaHtml(Buffer.from(xml), text), new NotConvertibleError('damaged'), xml.slice(0, 30))
  }
  t.match(page(Buffer.from('<ClinicalDocument/>')), '<h1>Health record</h1>', 'nothing but a root is a page of nothing')
})

t.test('big and deep documents end in time', async (t) => {
  const before = process.cpuUsage()
  t.throws(() => page(cda(section('Deep', `<text>${'<content>'.repeat(100_000)}`))), new NotConvertibleError('too-big'))
  const nested = page(cda(section('Deep', `<text>${'<content styleCode="Bold">'.repeat(150)}x${'</content>'.repeat(150)}</text>`)))
  t.match(nested, 'x</strong>')
  const row = '<tr><td>a</td><td>b</td><td>c</td></tr>'
  t.match(
    page(
      cda(
        section(
          'Long',
          `<text><table><thead><tr><th>1</th><th>2</th><th>3</th></tr></thead><tbody>${row.repeat(5000)}</tbody></table></text>`,
        ),
      ),
    ),
    'data-label',
  )
  const long = `<text><content ID="big">${'word '.repeat(20_000)}</content></text>`
  const referring = '<entry><act><code displayName="x"/><text><reference value="#big"/></text></act></entry>'.repeat(2000)
  t.ok(page(cda(section('Long', long) + section('Refers', referring))).length < 3_000_000, 'what is pointed at is not repeated whole')
  t.ok(process.cpuUsage(before).user < 15_000_000)
})
