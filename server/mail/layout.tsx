// One by one: the package that holds them all brings a CSS compiler and a highlighter, and took half of the start.
import { Body } from '@react-email/body';
import { Button } from '@react-email/button';
import { Container } from '@react-email/container';
import { Head } from '@react-email/head';
import { Heading } from '@react-email/heading';
import { Html } from '@react-email/html';
import { Preview } from '@react-email/preview';
import { Text } from '@react-email/text';
import type { ReactNode } from 'react';

// The look of the product in what mail programs understand: inline styles and no sheet. The colours are those of
// app/styles/tokens.css, light; programs that show mails dark turn them round by themselves.
const INK = '#1d1c1a';
const MUTE = '#5d5952';
const LINE = '#e6e2db';
const PAPER = '#faf9f7';
const PANEL = '#ffffff';
const EMBER = '#b3480b';
const EMBER_INK = '#ffffff';

const SANS = "Inter, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";
const MONO = "'JetBrains Mono', ui-monospace, Menlo, Consolas, monospace";

const words = { color: INK, fontFamily: SANS, fontSize: '14px', lineHeight: '20px', margin: '0 0 16px' };
const small = { ...words, color: MUTE, fontSize: '12px', lineHeight: '16px' };

export interface LetterProps {
  /** What a list of mails shows beside the subject. */
  preview: string;
  title: string;
  /** Whole sentences, each a paragraph. */
  paragraphs: string[];
  button: { label: string; url: string };
  /** Below the line: why the mail came, and what to do when one did not ask for it. */
  foot: string;
  /** Where Anvil is, without a slash at the end. */
  baseUrl: string;
}

/** One mail: what it is about, one button, and the same link as text for who can't press it. */
export function Letter({ preview, title, paragraphs, button, foot, baseUrl }: LetterProps): ReactNode {
  return (
    <Html lang="en">
      <Head>
        <title>{title}</title>
      </Head>
      <Preview>{preview}</Preview>
      <Body style={{ backgroundColor: PAPER, margin: 0, padding: '32px 16px' }}>
        <main>
          <Container
            style={{
              backgroundColor: PANEL,
              border: `1px solid ${LINE}`,
              borderRadius: '8px',
              maxWidth: '480px',
              padding: '28px',
            }}
          >
            <Text style={{ ...words, color: EMBER, fontSize: '16px', fontWeight: 600 }}>Anvil</Text>
            <Heading
              as="h1"
              style={{
                ...words,
                fontSize: '21px',
                fontWeight: 600,
                letterSpacing: '-0.015em',
                lineHeight: '28px',
              }}
            >
              {title}
            </Heading>
            {paragraphs.map((paragraph) => (
              <Text key={paragraph} style={words}>
                {paragraph}
              </Text>
            ))}
            <Button
              href={button.url}
              style={{
                backgroundColor: EMBER,
                borderRadius: '6px',
                color: EMBER_INK,
                fontFamily: SANS,
                fontSize: '14px',
                fontWeight: 500,
                lineHeight: '20px',
                padding: '9px 16px',
              }}
            >
              {button.label}
            </Button>
            <Text style={{ ...small, margin: '20px 0 4px' }}>Or open this address:</Text>
            <Text style={{ ...small, fontFamily: MONO, margin: '0 0 20px', wordBreak: 'break-all' }}>
              {button.url}
            </Text>
            <Text style={{ ...small, borderTop: `1px solid ${LINE}`, margin: 0, paddingTop: '16px' }}>
              {foot} Sent by Anvil at {baseUrl}.
            </Text>
          </Container>
        </main>
      </Body>
    </Html>
  );
}

/** The same for programs that show text alone. */
export function letterText({ title, paragraphs, button, foot, baseUrl }: LetterProps): string {
  return [
    title,
    ...paragraphs,
    `${button.label}:\n${button.url}`,
    '-- ',
    `${foot}\nSent by Anvil at ${baseUrl}.`,
  ].join('\n\n');
}
