import type { Problem } from '@anvil/core/prompt';
import { Braces } from 'lucide-react';
import { useState } from 'react';
import type { ContentForm, FieldErrors } from '../../lib/content-form.ts';
import { CodeEditor, type CodeEditorHandle } from '../code-editor.tsx';
import { problemsOfEditor } from './message-list.tsx';

interface ConfigFieldProps {
  form: ContentForm;
  live: ContentForm;
  problems: Problem[];
  errors: FieldErrors;
  handleRef: (handle: CodeEditorHandle | null) => void;
}

/** The prompt's config, closed until somebody wants it; its line says the two settings that say most. */
export function ConfigField({ form, live, problems, errors, handleRef }: ConfigFieldProps) {
  const marks = problemsOfEditor(problems, 'config');
  const [opened] = useState(marks.length > 0);
  return (
    <details open={opened} className="min-w-0">
      <summary className="touch flex w-fit items-center gap-2 rounded-4 text-12 text-mute hover:text-ink">
        <Braces size={16} strokeWidth={1.75} aria-hidden="true" />
        Config
        <code>{configWords(live.config)}</code>
      </summary>
      <div className="mt-2 rounded-8 border border-line bg-panel">
        <CodeEditor
          name="config"
          label="Config, a JSON object"
          language="text"
          minLines={5}
          defaultValue={form.config}
          problems={marks}
          error={errors.config ?? (marks.length > 0 ? marks.map(({ message }) => message) : undefined)}
          handleRef={handleRef}
        />
      </div>
    </details>
  );
}

/** `gpt-5 · 0.2` */
function configWords(text: string): string {
  try {
    const config = JSON.parse(text) as Record<string, unknown> | null;
    return [config?.model, config?.temperature]
      .filter((one) => typeof one === 'string' || typeof one === 'number')
      .join(' · ');
  } catch {
    return '';
  }
}
