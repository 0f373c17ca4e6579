import type { LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { Card } from '../../components/ui/card.tsx';
import { Time } from '../../components/ui/time.tsx';
import { pageTitle } from '../../lib/page-title.ts';
import { requireDevPages } from '../../lib/require-dev-pages.ts';

export const meta = () => pageTitle('Inbox');

/** Mails that this server kept to itself, since no way to send them is configured. */
export function loader({ context }: LoaderFunctionArgs) {
  requireDevPages(context);
  return {
    mails: context.listDevMails()?.map((mail) => ({ ...mail, receivedAt: mail.receivedAt.toISOString() })),
  };
}

export default function DevMail() {
  const { mails } = useLoaderData<typeof loader>();
  return (
    <main id="content" className="mx-auto grid w-full max-w-200 gap-4 px-4 py-8">
      <h1 className="text-21">Inbox</h1>
      <p className="text-mute">
        {mails
          ? 'No way to send mails is configured, so they lie here until the server stops. Reload to see new ones.'
          : 'Mails are sent by the way that is configured; none is kept here.'}
      </p>
      {mails?.length === 0 && <p>No mail yet.</p>}
      {mails?.map(({ id, to, subject, text, receivedAt }) => (
        <Card key={id} title={subject} aside={<Time value={receivedAt} />}>
          <p className="mb-3 text-12 text-mute">To {to}</p>
          <pre className="text-13 whitespace-pre-wrap">
            {text.split(/(https?:\/\/\S+)/).map((part, index) =>
              index % 2 === 1 ? (
                <a key={index} href={part} className="break-all text-ember underline">
                  {part}
                </a>
              ) : (
                part
              ),
            )}
          </pre>
        </Card>
      ))}
    </main>
  );
}
