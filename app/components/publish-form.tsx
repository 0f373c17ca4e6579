import { Form } from '@remix-run/react';
import { useState } from 'react';
import type { NextVersionView } from '#server/schemas/versions.ts';
import type { FormErrors } from '../lib/errors.ts';
import { useHydrated } from '../lib/use-hydrated.ts';
import { useSending } from '../lib/use-sending.ts';
import { OTHER_NUMBER, versionChoices } from '../lib/version-choices.ts';
import { FormError } from './form-error.tsx';
import { GoesOut, type SeenChanges } from './publish-preview.tsx';
import { Banner } from './ui/banner.tsx';
import { Button } from './ui/button.tsx';
import { Input, TextareaField } from './ui/field.tsx';
import { RadioCards } from './ui/radio-cards.tsx';

/** For buttons elsewhere on the page that send what is typed here. */
export const PUBLISH_FORM_ID = 'publish';

export interface PublishFormProps {
  next: NextVersionView;
  /** Nothing of the set is published yet. */
  isFirst: boolean;
  errors: FormErrors | undefined;
  values: { number: string; other: string; changelog: string } | undefined;
  /** The sentences that the page showed before the draft changed. */
  seen: SeenChanges | undefined;
}

/** A form to publish a version: the changes, the changelog and the number. */
export function PublishForm({ next, isFirst, errors, values, seen }: PublishFormProps) {
  const hydrated = useHydrated();
  const busy = useSending();
  const choices = versionChoices(next, isFirst);
  const known = [...choices.map((choice) => choice.number), OTHER_NUMBER];
  const [number, setNumber] = useState(
    known.find((one) => one === values?.number) ?? choices[0]?.number ?? '',
  );
  const [other, setOther] = useState(values?.other ?? '');
  const wanted = number === OTHER_NUMBER ? other.trim() : number;
  return (
    <Form
      id={PUBLISH_FORM_ID}
      method="post"
      className="grid max-w-236 gap-6 lg:grid-cols-[minmax(0,1fr)_20.625rem]"
    >
      <input type="hidden" name="checksum" value={next.checksum} />
      <input
        type="hidden"
        name="seen"
        value={JSON.stringify(next.changes.slice(0, 200).map(({ sentence }) => sentence))}
      />
      <div className="grid min-w-0 content-start gap-4">
        {seen ? (
          <Banner tone="minor" live="The draft has changed. Review it again.">
            The draft changed while you were here. Review the changes, then publish. Your changelog is kept.
          </Banner>
        ) : (
          <FormError errors={errors} knownFields={['number', 'changelog']} />
        )}
        <GoesOut next={next} seen={seen} />
        <TextareaField
          label="Changelog"
          name="changelog"
          rows={4}
          defaultValue={values?.changelog}
          error={errors?.fields.changelog}
          hint="In Markdown. Shown to everyone who updates."
        />
      </div>
      <div className="grid min-w-0 content-start gap-4">
        <RadioCards
          mono
          name="number"
          legend="Version"
          defaultValue={number}
          options={[
            ...choices.map((choice) => ({
              value: choice.number,
              title: choice.number,
              hint: choice.hint,
            })),
            {
              value: OTHER_NUMBER,
              title: <span className="font-sans text-14 font-medium">Another number</span>,
              hint: 'A higher one, or a pre-release of one.',
              field: (
                <Input
                  mono
                  name="other"
                  aria-label="Another number"
                  maxLength={100}
                  autoComplete="off"
                  autoCapitalize="none"
                  spellCheck={false}
                  defaultValue={values?.other}
                  placeholder={`${choices[0]?.number ?? '1.0.0'}-beta.1`}
                  onInput={(event) => {
                    setOther(event.currentTarget.value);
                    chooseOther(event.currentTarget);
                  }}
                />
              ),
            },
          ]}
          error={errors?.fields.number}
          onChoose={setNumber}
        />
        <Button variant="primary" size="large" block busy={busy}>
          {/* Without JavaScript the words can't follow the choice. */}
          {hydrated && wanted ? `Publish ${wanted}` : 'Publish this version'}
        </Button>
      </div>
    </Form>
  );
}

/** Typing a number chooses it. */
function chooseOther(field: HTMLInputElement): void {
  const radio = field.form?.querySelector<HTMLInputElement>(`input[name="number"][value="${OTHER_NUMBER}"]`);
  if (radio && !radio.checked) radio.click();
}
