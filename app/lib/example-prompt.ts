/** What "Use an example" puts into the field of the first page: two parameters, and something to change. */
export const EXAMPLE_PROMPT = `You answer customers of {{ shop }}. Be brief, warm and exact.

Question: {{ question }}`;

/** What its line is filled with. A prompt of somebody's own takes those that it knows by name. */
export const EXAMPLE_VALUES = { shop: 'Acme', question: 'Where is my parcel?' };
