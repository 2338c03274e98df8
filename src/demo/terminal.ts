import { styleText } from 'node:util';

const FRAMES = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const FRAME_MS = 80;
const CLEAR_LINE = '\r\x1b[2K';

export interface Progress {
  /** What is done now. On a terminal it replaces what was said before; elsewhere each is a line. */
  say(what: string): void;
  /** Takes the line away, so that others can be printed. */
  end(): void;
}

/** One line that tells what is waited for. */
export function progressLine(stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) return { say: (what) => void stream.write(`${what} …\n`), end: () => undefined };
  let now = '';
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => void stream.write(`${CLEAR_LINE}${FRAMES[frame++ % FRAMES.length]} ${now} …`);
  return {
    say(what) {
      now = what;
      draw();
      timer ??= setInterval(draw, FRAME_MS);
    },
    end() {
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      stream.write(CLEAR_LINE);
    },
  };
}

type Style = Parameters<typeof styleText>[0];

/** In colour on a terminal that wants it (NO_COLOR and the like are heard), else as it is. */
export const styled = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout });

const STATE_STYLES: Readonly<Record<string, Style>> = {
  RECEIVED: 'magenta',
  SUBMITTED: 'cyan',
  SENT: 'cyan',
  DELIVERED: 'green',
  READ: 'green',
  APPROVED: 'green',
  PAID: 'green',
  UNCONFIRMED: 'yellow',
  FAILED: 'red',
  EXPIRED: 'red',
  'OPTED OUT': 'yellow',
  Problem: 'yellow',
};

export interface TimelineLine {
  readonly at: Date;
  readonly provider: string | null;
  readonly what: string;
  /** Whom it goes to or comes from. */
  readonly who: string;
  readonly state: string;
  readonly detail: string;
}

/** One line of the timeline, its columns under each other. */
export function timelineLine({ at, provider, what, who, state, detail }: TimelineLine): string {
  const columns = [
    styled('dim', clockTime(at)),
    (provider ?? '–').padEnd(8),
    cut(what, 28).padEnd(28),
    who.padEnd(17),
    styled(STATE_STYLES[state] ?? 'bold', state.padEnd(detail ? 11 : 0)),
    ...(detail ? [styled('dim', detail)] : []),
  ];
  return columns.join('  ');
}

/** What the lines below it are about. */
export const heading = (text: string): string => `\n${styled('bold', text)}`;

/** 16:08:37.120, of the place where the terminal is. */
function clockTime(at: Date): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  const ms = String(at.getMilliseconds()).padStart(3, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${ms}`;
}

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length - 1)}…` : text);
