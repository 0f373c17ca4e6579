import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A line, or `hang` for no answer, or `drop` for a connection that is closed instead. */
type Reply = string;

export interface HostileSmtp {
  port: number;
  /** What follows each command; changed by a test at any time. `dot` is the end of a mail. */
  replies: { greeting: Reply; helo: Reply; mail: Reply; rcpt: Reply; data: Reply; dot: Reply };
  /** The `Message-ID` of each whole mail that arrived, the oldest first. */
  messageIds: string[];
  /** The whole text of each of these mails. */
  texts: string[];
  /** How many connections are open. */
  connections(): number;
  /** Answers every mail whose end was followed by `hang`. */
  release(reply: string): void;
  close(): Promise<void>;
}

const HELPFUL = {
  ...{ greeting: '220 hostile', helo: '250 hostile', mail: '250 ok', rcpt: '250 ok' },
  ...{ data: '354 go on', dot: '250 accepted' },
};

/** A real SMTP server on loopback that does what a test tells it to, and what no well-behaved server does. */
export async function startHostileSmtp(): Promise<HostileSmtp> {
  const sockets = new Set<Socket>();
  const waiting = new Set<Socket>();
  const hostile: Omit<HostileSmtp, 'port' | 'close' | 'release' | 'connections'> = {
    replies: { ...HELPFUL },
    messageIds: [],
    texts: [],
  };

  const answer = (socket: Socket, step: keyof typeof HELPFUL) => {
    const reply = hostile.replies[step];
    if (reply === 'drop') socket.destroy();
    else if (reply === 'hang') waiting.add(socket);
    else socket.write(`${reply}\r\n`);
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => (sockets.delete(socket), waiting.delete(socket)));
    let text = '';
    let isMail = false;
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      for (;;) {
        const end = text.indexOf(isMail ? '\r\n.\r\n' : '\r\n');
        if (end < 0) return;
        const unit = text.slice(0, end);
        text = text.slice(end + (isMail ? 5 : 2));
        if (isMail) {
          isMail = false;
          hostile.texts.push(unit);
          hostile.messageIds.push(/^Message-ID: <(.*)>/im.exec(unit)?.[1] ?? '');
          answer(socket, 'dot');
          continue;
        }
        const [verb = ''] = unit.toUpperCase().split(' ');
        if (verb === 'QUIT') socket.end('221 bye\r\n');
        else if (verb === 'MAIL') answer(socket, 'mail');
        else if (verb === 'RCPT') answer(socket, 'rcpt');
        else if (verb === 'DATA') {
          isMail = hostile.replies.data.startsWith('354');
          answer(socket, 'data');
        } else if (verb === 'STARTTLS') socket.write('502 5.5.1 Command not implemented\r\n');
        else answer(socket, 'helo');
      }
    });
    answer(socket, 'greeting');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(hostile, {
    port: (server.address() as AddressInfo).port,
    connections: () => sockets.size,
    release: (reply: string) => {
      for (const socket of waiting) socket.write(`${reply}\r\n`);
      waiting.clear();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  });
}
