import MarkdownIt from 'markdown-it';
import sanitizeHtml from 'sanitize-html';

/** CommonMark with bare addresses as links. HTML in the text is shown as text. */
const markdown = new MarkdownIt({ html: false, linkify: true, typographer: false });

/** The elements that a changelog may contain. Images aren't among them, because they would load from other sites. */
const ALLOWED: sanitizeHtml.IOptions = {
  allowedTags: [
    ...['p', 'br', 'hr', 'ul', 'ol', 'li', 'blockquote', 'pre', 'code', 'em', 'strong', 's', 'a'],
    ...['h3', 'h4', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ],
  allowedAttributes: { a: ['href', 'rel'], ol: ['start'] },
  allowedSchemes: ['http', 'https', 'mailto'],
  allowProtocolRelative: false,
  transformTags: {
    // The card that holds the changelog has an h2.
    h1: 'h3',
    h2: 'h3',
    h5: 'h4',
    h6: 'h4',
    a: sanitizeHtml.simpleTransform('a', { rel: 'nofollow noopener noreferrer' }),
  },
};

/** Renders a changelog, written in Markdown by its publisher, as HTML that is safe on a page. */
export function renderChangelog(text: string): string {
  return sanitizeHtml(markdown.render(text), ALLOWED);
}

/** Returns the first line of a changelog as plain text, for lists; empty when there is none. */
export function changelogHeadline(text: string): string {
  const [line = ''] = text.trim().split('\n');
  const inline = markdown.parse(line, {}).flatMap(({ children }) => children ?? []);
  return inline
    .map(({ content }) => content)
    .join('')
    .trim();
}
