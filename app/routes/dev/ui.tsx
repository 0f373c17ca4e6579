import type { LoaderFunctionArgs } from '@remix-run/node';
import type { ReactNode } from 'react';
import { GeneralErrorBoundary } from '../../components/error-page.tsx';
import { TopBar } from '../../components/top-bar.tsx';
import { TextLink } from '../../components/ui/link.tsx';
import { pageTitle } from '../../lib/page-title.ts';
import { requireDevPages } from '../../lib/require-dev-pages.ts';
import { contentSpecimens } from './specimens/content.tsx';
import { controlSpecimens } from './specimens/controls.tsx';
import { dataSpecimens } from './specimens/data.tsx';
import { editorSpecimens } from './specimens/editor.tsx';

export const meta = () => pageTitle('Parts');

export function loader({ context }: LoaderFunctionArgs) {
  requireDevPages(context);
  return { now: new Date().toISOString() };
}

const SPECIMENS: { title: string; show: (theme: string) => ReactNode }[] = [
  ...controlSpecimens,
  ...contentSpecimens,
  ...dataSpecimens,
  ...editorSpecimens,
];

/** Every part in every state, dark and light beside each other. */
export default function Parts() {
  return (
    <>
      <TopBar
        crumbs={[{ label: 'dev' }, { label: 'ui' }]}
        user={{ name: 'Mara Kern', email: 'mara@acme.example' }}
      />
      <main id="content">
        <div className="px-4 py-6 md:px-7">
          <h1 className="text-21">Parts</h1>
          <p className="text-mute">
            Every part in every state. The whole frame: <TextLink to="/dev/ui/frame">/dev/ui/frame</TextLink>.
            Error pages:{' '}
            {[401, 403, 404, 410, 500, 503].map((status) => (
              <TextLink key={status} to={`/dev/ui/errors/${status}`} className="mr-2">
                {status}
              </TextLink>
            ))}
          </p>
        </div>
        {SPECIMENS.map(({ title, show }) => (
          <section key={title} aria-labelledby={idOf(title)} className="border-t border-line">
            <h2 id={idOf(title)} className="px-4 pt-4 text-16 font-semibold md:px-7">
              {title}
            </h2>
            <div className="grid xl-split">
              {['dark', 'light'].map((theme) => (
                <div key={theme} data-theme={theme} className="min-w-0 bg-bg text-ink">
                  {/* A form each: radio buttons of the same name would be one group otherwise. */}
                  <form className="grid gap-4 px-4 py-6 md:px-7" onSubmit={(event) => event.preventDefault()}>
                    {show(theme)}
                  </form>
                </div>
              ))}
            </div>
          </section>
        ))}
      </main>
    </>
  );
}

function idOf(title: string): string {
  return `part-${title.toLowerCase().replace(/\W+/g, '-')}`;
}

export function ErrorBoundary() {
  return <GeneralErrorBoundary />;
}
