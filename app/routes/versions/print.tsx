import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import type { Page } from '#server/schemas/common.ts';
import type { VersionPromptView } from '#server/schemas/versions.ts';
import { ArrowLeft, Printer } from 'lucide-react';
import { ContentView } from '../../components/content-view.tsx';
import { PageHead, SectionHead } from '../../components/page-head.tsx';
import { Button, LinkButton } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { Pagination } from '../../components/ui/pagination.tsx';
import type { PageContext } from '../../context.ts';
import { renderChangelog } from '../../lib/changelog.server.ts';
import { counted } from '../../lib/change-words.ts';
import { contentText } from '../../lib/content-text.ts';
import { formatUtcDate } from '../../lib/dates.ts';
import { forPage } from '../../lib/errors.ts';
import { pageTitle } from '../../lib/page-title.ts';
import { setPlace, type SetPlace } from '../../lib/set-place.ts';
import { useHydrated } from '../../lib/use-hydrated.ts';

export const meta: MetaFunction<typeof loader> = ({ data }) =>
  pageTitle(data ? `${data.address}@${data.version.number}` : 'Version');

/** Characters of templates and messages on one page to print. A version with more is printed in parts. */
const PAGE_CHARACTERS = 4_000_000;

export async function loader({ params, request, context }: LoaderFunctionArgs) {
  const { ref, address, base } = setPlace(params);
  const { number = '' } = params;
  const cursor = new URL(request.url).searchParams.get('after') ?? undefined;
  const { versions } = context.trpc;
  const version = await forPage(versions.get({ ...ref, number }), context, {
    address: `${address}@${number}`,
  });
  const prompts = await loadPrintedPrompts(context, { ...ref, number }, cursor);
  const changelog = renderChangelog(version.changelog);
  return {
    ...{ address, here: `${base}/-/versions/${version.number}`, version, changelog, prompts },
    isFirst: !cursor,
  };
}

/** Reads prompts until the page is full or the version ends. */
async function loadPrintedPrompts(
  context: PageContext,
  version: SetPlace['ref'] & { number: string },
  cursor: string | undefined,
) {
  const prompts: VersionPromptView[] = [];
  let next: string | null | undefined = cursor;
  let characters = 0;
  do {
    const list = context.trpc.versions.listContents({ ...version, cursor: next ?? undefined, limit: 100 });
    const { data, meta }: Page<VersionPromptView> = await forPage(list, context);
    prompts.push(...data);
    characters += data.reduce((sum, { content }) => sum + contentText(content).length, 0);
    next = meta.cursor;
  } while (next && characters < PAGE_CHARACTERS);
  return { data: prompts, cursor: next };
}

/** A version to print: its changelog, and the texts of all its prompts one after the other. */
export default function PrintVersion() {
  const { address, here, version, changelog, prompts, isFirst } = useLoaderData<typeof loader>();
  const hydrated = useHydrated();
  const { cursor } = prompts;
  return (
    <>
      <PageHead
        mono
        title={`${address}@${version.number}`}
        note={
          <>
            Published by <bdi>{version.author.name}</bdi> on {formatUtcDate(new Date(version.created_at))},{' '}
            {counted(version.prompt_count, 'prompt')}. Checksum{' '}
            <code className="wrap-anywhere">{version.checksum}</code>
          </>
        }
        actions={
          <>
            <LinkButton to={here} icon={ArrowLeft} variant="quiet">
              Back
            </LinkButton>
            {hydrated && (
              <Button type="button" icon={Printer} variant="primary" onClick={() => window.print()}>
                Print
              </Button>
            )}
          </>
        }
      />
      {isFirst && version.changelog && (
        <Card title="Changelog">
          {/* Sanitised by renderChangelog. */}
          <div dir="auto" className="prose" dangerouslySetInnerHTML={{ __html: changelog }} />
        </Card>
      )}
      {prompts.data.map(({ slug, content }) => (
        <section key={slug} aria-label={slug} className="grid gap-4">
          <SectionHead title={<code>{slug}</code>} />
          <ContentView content={content} title="template" level={3} />
        </section>
      ))}
      {(cursor || !isFirst) && (
        <div className="mt-6">
          <Pagination
            summary={`${counted(prompts.data.length, 'prompt')} of ${version.prompt_count}`}
            previousTo={isFirst ? undefined : `${here}/print`}
            previousLabel="First"
            nextTo={cursor ? `?after=${encodeURIComponent(cursor)}` : undefined}
            nextLabel="More"
          />
        </div>
      )}
    </>
  );
}
