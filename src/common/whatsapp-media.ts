/** The files that WhatsApp carries, by its own table: whoever hands messages on to Meta is bound by it too. */

const MIB = 1024 * 1024;
const OFFICE = 'application/vnd.openxmlformats-officedocument';

/** "Supported media types" of the Cloud API's page on media (2025-11); `maxBytes` of one file. */
export const WHATSAPP_MEDIA = {
  IMAGE: { mimeTypes: ['image/jpeg', 'image/png'], maxBytes: 5 * MIB, caption: true },
  VIDEO: { mimeTypes: ['video/mp4', 'video/3gpp'], maxBytes: 16 * MIB, caption: true },
  AUDIO: {
    mimeTypes: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg'],
    maxBytes: 16 * MIB,
    caption: false,
  },
  DOCUMENT: {
    mimeTypes: [
      'application/pdf',
      'application/msword',
      `${OFFICE}.wordprocessingml.document`,
      'application/vnd.ms-powerpoint',
      `${OFFICE}.presentationml.presentation`,
      'application/vnd.ms-excel',
      `${OFFICE}.spreadsheetml.sheet`,
      'text/plain',
    ],
    maxBytes: 100 * MIB,
    caption: true,
  },
} as const;
