import { Type, type TSchema } from 'typebox'

/** Tags and paths of kept pages. */
export const purgeBody: TSchema = Type.Object(
  {
    tags: Type.Optional(Type.Array(Type.String(), { maxItems: 1_000 })),
    paths: Type.Optional(Type.Array(Type.String(), { maxItems: 1_000 })),
  },
  { additionalProperties: false },
)
