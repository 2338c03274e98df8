// What a message says, of every kind: in one line for the list, and whole for who opens it.
import { h } from './element.js';

const KB = 1024;
/** What an <img> may show; anything else is only saved. */
const SHOWN_IMAGES = ['image/jpeg', 'image/png', 'image/webp'];

const sizeOf = (bytes) =>
  bytes < KB * KB ? `${Math.max(1, Math.round(bytes / KB))} KB` : `${(bytes / KB / KB).toFixed(1)} MB`;
const nameOf = (type) => type.charAt(0) + type.slice(1).toLowerCase();

/** In one line. */
export function summaryOf(content) {
  switch (content.__typename) {
    case 'TemplateContent':
      return content.template.name;
    case 'TextContent':
      return content.text;
    case 'MediaContent':
      return [nameOf(content.type), content.caption ?? content.filename].filter(Boolean).join(': ');
    case 'InteractiveContent':
    case 'OrderContent':
      return content.text;
    default:
      return 'Something that this page cannot read';
  }
}

/** The whole of it; `file(mediaId)` answers the bytes as a Blob. */
export function contentBlocks(content, file) {
  switch (content.__typename) {
    case 'TemplateContent':
    case 'TextContent':
    case 'OrderContent':
      return [h('p', { class: 'text' }, content.text)];
    case 'MediaContent':
      return mediaBlocks(content, file);
    case 'InteractiveContent':
      return [h('p', { class: 'text' }, content.text), ...choiceBlocks(content)];
    default:
      return [h('pre', { tabindex: '0' }, JSON.stringify(content.raw ?? {}, null, 2))];
  }
}

function choiceBlocks({ buttons, list, replyId }) {
  const choice = (title, description) =>
    h('li', null, title, description && h('span', { class: 'faint' }, ` ${description}`));
  const choices = (label, items) => h('ul', { class: 'choices', 'aria-label': label }, ...items);
  return [
    replyId && h('p', { class: 'faint' }, `Chosen: ${replyId}`),
    buttons.length > 0 &&
      choices(
        'Buttons',
        buttons.map(({ title }) => choice(title)),
      ),
    ...(list?.sections ?? []).map(({ title, rows }) =>
      choices(
        title || list.button,
        rows.map((row) => choice(row.title, row.description)),
      ),
    ),
  ].filter(Boolean);
}

function mediaBlocks({ type, mediaId, url, mimeType, size, filename, caption }, file) {
  const facts = [nameOf(type), filename, mimeType, size !== null && sizeOf(size), url].filter(Boolean).join(' · ');
  return [
    h('p', { class: 'faint' }, facts),
    caption && h('p', { class: 'text' }, caption),
    mediaId && fileBlock(mediaId, filename ?? mediaId, file),
  ].filter(Boolean);
}

/** The file is asked for only when somebody wants it; a picture is shown, anything else is saved. */
function fileBlock(mediaId, name, file) {
  const place = h('p', { class: 'file' });
  const button = h('button', { type: 'button', class: 'quiet', onclick: () => open() }, 'Open the file');
  const open = async () => {
    button.disabled = true;
    try {
      const blob = await file(mediaId);
      if (SHOWN_IMAGES.includes(blob.type)) place.replaceChildren(h('img', { alt: name, src: await dataUrl(blob) }));
      else save(blob, name);
    } catch (error) {
      place.append(h('span', { class: 'problem' }, ` ${error.message}`));
    } finally {
      button.disabled = false;
    }
  };
  place.append(button);
  return place;
}

/** The page's policy lets images be data, and nothing else. */
const dataUrl = (blob) =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });

function save(blob, name) {
  const href = URL.createObjectURL(blob);
  h('a', { href, download: name }).click();
  // Only after the browser has begun to save it.
  setTimeout(() => URL.revokeObjectURL(href));
}
