import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { Printer } from 'lucide-react';
import type { VersionDetailView } from '#server/schemas/versions.ts';
import { ChangeRows } from '../../components/change-rows.tsx';
import { ContentView } from '../../components/content-view.tsx';
import { PageHead, WithAside } from '../../components/page-head.tsx';
import { TextChanges } from '../../components/text-changes.tsx';
import { UseIt } from '../../components/use-it.tsx';
import { VersionLevel } from '../../components/version-level.tsx';
import { LinkButton } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { CopyButton } from '../../components/ui/copy-button.tsx';
import { TextLink } from '../../components/ui/link.tsx';
import { Pagination } from '../../components/ui/pagination.tsx';
import { Table } from '../../components/ui/table.tsx';
import { LabelTag, Tag } from '../../components/ui/tag.tsx';
import { Time } from '../../components/ui/time.tsx';
import { renderChangelog } from '../../lib/changelog.server.ts';
import { counted } from '../../lib/change-words.ts';
import { forPage } from '../../lib/errors.ts';
import { pageTitle } from '../../lib/page-title.ts';
import { setPlace } from '../../lib/set-place.ts';

export const meta: MetaFunction<typeof loader> = ({ data }) =>
  pageTitle(data?.version.number ?? 'Version', data?.address ?? '');

export async function loader({ params, request, context }: LoaderFunctionArgs) {
  const { ref, address, base } = setPlace(params);
  const { number = '' } = params;
  const query = new URL(request.url).searchParams;
  const { versions } = context.trpc;
  const version = await forPage(versions.get({ ...ref, number }), context, {
    address: `${address}@${number}`,
  });
  const cursor = query.get('after') ?? undefined;
  const textCursor = query.get('texts_after') ?? undefined;
  const texts =
    version.base === null
      ? null
      : await forPage(
          versions.listChangedPrompts({ ...ref, from: version.base, to: number, cursor: textCursor }),
          context,
        );
  const prompts = await forPage(versions.listPrompts({ ...ref, number, cursor }), context);
  const slug = query.get('prompt') ?? prompts.data[0]?.slug;
  const chosen =
    slug === undefined
      ? null
      : await forPage(versions.getPrompt({ ...ref, number, prompt: slug }), context, {
          address: `${address}/${slug}@${number}`,
        });
  return {
    base,
    address,
    baseUrl: context.baseUrl,
    version,
    changelog: renderChangelog(version.changelog),
    prompts,
    cursor,
    texts,
    textCursor,
    chosen: chosen && {
      ...chosen,
      ...(await forPage(versions.samplePrompt({ ...ref, number, prompt: chosen.slug }), context)),
    },
  };
}

export default function Version() {
  const { base, address, baseUrl, version, changelog, prompts, cursor, texts, textCursor, chosen } =
    useLoaderData<typeof loader>();
  const here = `${base}/-/versions/${version.number}`;
  const sameList = cursor ? `after=${encodeURIComponent(cursor)}&` : '';
  const nextCursor = prompts.meta.cursor;
  return (
    <>
      <PageHead
        mono
        title={`${address}@${version.number}`}
        actions={
          <LinkButton to={`${here}/print`} icon={Printer} variant="quiet">
            Print
          </LinkButton>
        }
        tags={
          <>
            <VersionLevel version={version} />
            {version.labels.map((name) => (
              <LabelTag
                key={name}
                name={name}
                to={name === 'latest' ? undefined : `${base}/-/labels?label=${name}`}
              />
            ))}
          </>
        }
        note={
          <>
            Published by <bdi>{version.author.name}</bdi>, <Time value={version.created_at} />. It never
            changes.
          </>
        }
      />
      <WithAside
        aside={
          <>
            {chosen && <UseIt baseUrl={baseUrl} address={chosen.address} values={chosen.values} />}
            <Card title="Details">
              <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-2 text-12">
                <dt className="text-mute">Checksum</dt>
                <dd className="flex items-start gap-1">
                  <code className="min-w-0 wrap-anywhere">{version.checksum}</code>
                  <CopyButton iconOnly variant="quiet" text={version.checksum} label="Copy the checksum" />
                </dd>
                <dt className="text-mute">Engine</dt>
                <dd>
                  <code>{version.engine}</code>
                </dd>
                <dt className="text-mute">Compared with</dt>
                <dd>
                  {version.base ? (
                    <TextLink to={`${base}/-/versions/${version.base}`} className="font-mono">
                      {version.base}
                    </TextLink>
                  ) : (
                    'none (first version)'
                  )}
                </dd>
                {version.base && (
                  <>
                    <dt className="text-mute">Responses</dt>
                    <dd>{responseWords(version)}</dd>
                  </>
                )}
              </dl>
            </Card>
          </>
        }
      >
        {version.changelog && (
          <Card title="Changelog">
            {/* Sanitised by renderChangelog. */}
            <div dir="auto" className="prose" dangerouslySetInnerHTML={{ __html: changelog }} />
          </Card>
        )}
        {version.base !== null && version.changes.length > 0 && (
          <Card title="What changed in the contract" flush>
            <ChangeRows changes={version.changes} />
          </Card>
        )}
        {texts && version.base && (
          <TextChanges
            prompts={texts.data}
            from={version.base}
            to={version.number}
            firstTo={textCursor ? here : undefined}
            nextTo={
              texts.meta.cursor ? `${here}?texts_after=${encodeURIComponent(texts.meta.cursor)}` : undefined
            }
          />
        )}
        <Table
          label={`Prompts of ${address}@${version.number}`}
          rows={prompts.data}
          rowKey={({ slug }) => slug}
          rowNote={({ slug, name }) => name !== slug && name}
          rowTo={({ slug }) => `${here}?${sameList}prompt=${slug}#prompt`}
          columns={[
            {
              key: 'slug',
              head: counted(version.prompt_count, 'prompt'),
              mono: true,
              cell: ({ slug }) => (
                <>
                  {slug} {slug === chosen?.slug && version.prompt_count > 1 && <Tag>shown below</Tag>}
                </>
              ),
            },
            { key: 'kind', head: 'Kind', fit: true, phone: 'aside', cell: ({ kind }) => kind },
            {
              key: 'parameters',
              head: 'Parameters',
              mono: true,
              cell: ({ parameters }) => parameters.join(', ') || '–',
            },
          ]}
          foot={
            (nextCursor || cursor) && (
              <Pagination
                previousTo={cursor ? here : undefined}
                previousLabel="First"
                nextTo={nextCursor ? `${here}?after=${encodeURIComponent(nextCursor)}` : undefined}
                nextLabel="More"
              />
            )
          }
        />
        {chosen && (
          <section id="prompt" aria-label={`The text of ${chosen.slug}`} className="grid gap-4">
            <ContentView content={chosen.content} title={chosen.slug} />
            {version.prompt_count > 1 && (
              <p className="hidden print:block">
                This is 1 of {version.prompt_count} prompts. The page “Print” of this version has all of them.
              </p>
            )}
          </section>
        )}
      </WithAside>
    </>
  );
}

/** What a caller has to know about responses: only calls that still work can be compared. */
function responseWords({ behaviour, level }: Pick<VersionDetailView, 'behaviour' | 'level'>): string {
  if (behaviour) return 'may differ from those before';
  return level === 'major' ? 'unchanged, for calls that still work' : 'unchanged';
}
