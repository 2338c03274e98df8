const KOLKATA_MS = 5.5 * 60 * 60 * 1000;

/** A time as Exotel writes it, at India's clock. */
const written = (at: Date): string => `${new Date(at.getTime() + KOLKATA_MS).toISOString().slice(0, 19)}+05:30`;

export interface ExotelReport {
  readonly sid: string;
  readonly to: string;
  readonly code: number;
  readonly word: string;
  readonly at: Date;
  /** What we asked to be told again. */
  readonly echo?: string | undefined;
}

export interface ExotelIncoming {
  readonly sid: string;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly at: Date;
}

/** The body of a callback as production has it: `{"whatsapp":{"messages":[…]}}`. */
export const exotelBody = (...told: readonly (ExotelReport | ExotelIncoming)[]): string =>
  JSON.stringify({
    whatsapp: {
      messages: told.map((one) =>
        'text' in one
          ? {
              ...{ callback_type: 'incoming_message', sid: one.sid, from: one.from, to: one.to },
              ...{ profile_name: 'Asha', timestamp: written(one.at) },
              content: { type: 'text', text: { body: one.text } },
            }
          : {
              ...{ callback_type: 'dlr', sid: one.sid, to: one.to, exo_status_code: one.code },
              ...{ exo_detailed_status: one.word, description: '', timestamp: written(one.at) },
              ...(one.echo !== undefined && { custom_data: one.echo }),
            },
      ),
    },
  });

/** Posts it; answers the HTTP status. */
export async function postExotel(url: string | null, body: string): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(String(url), { method: 'POST', headers, body });
  await answer.text();
  return answer.status;
}
