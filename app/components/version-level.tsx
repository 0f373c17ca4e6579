import type { VersionView } from '#server/schemas/versions.ts';
import { LevelTag, Tag } from './ui/tag.tsx';

/** How far a version reaches for callers. The first version of a set changes nothing for anybody. */
export function VersionLevel({ version }: { version: Pick<VersionView, 'base' | 'level'> }) {
  return version.base === null ? <Tag>first</Tag> : <LevelTag level={version.level} />;
}
