import { expect, it } from 'vitest';
import { multipart } from './multipart.js';

const read = ({ contentType, body }: ReturnType<typeof multipart>): Promise<FormData> =>
  new Response(Buffer.concat(body), { headers: { 'content-type': contentType } }).formData();
const file = {
  field: 'media',
  filename: 'bukti.png',
  mimeType: 'image/png',
  bytes: Buffer.from('\r\n--kurir\0\xff', 'latin1'),
};

it('a form is read as the fields and the file that it was made of', async () => {
  const form = await read(multipart({ caption: 'Halo é,\r\n"Budi"', to: '62', none: undefined }, file));
  expect([...form.keys()]).toEqual(['caption', 'to', 'media']);
  expect(form.get('caption')).toBe('Halo é,\r\n"Budi"');
  const media = form.get('media') as File;
  expect([media.name, media.type]).toEqual(['bukti.png', 'image/png']);
  expect(Buffer.from(await media.arrayBuffer())).toEqual(file.bytes);
});

it('a form holds the file itself and no copy', () => {
  expect(multipart({}, file).body[1]).toBe(file.bytes);
});

it('the name of its file cannot end the header', async () => {
  const form = await read(multipart({}, { ...file, filename: 'a"\r\nContent-Type: text/html\r\n\r\nb\\.png' }));
  expect((form.get('media') as File).name).toBe('a___Content-Type: text/html____b_.png');
});

it('no two forms have the same boundary', () => {
  expect(multipart({}, file).contentType).not.toBe(multipart({}, file).contentType);
});
