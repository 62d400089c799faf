import type { CodegenConfig } from '@graphql-codegen/cli';

/** Types and documents of src/operations, from the schema that the server commits. */
const config: CodegenConfig = {
  schema: '../../schema/schema.graphql',
  documents: 'src/operations/*.graphql',
  generates: {
    'src/generated.ts': {
      plugins: ['typescript-operations', 'typed-document-node'],
      config: {
        strictScalars: true,
        scalars: { ID: 'string', DateTime: 'string', Upload: 'File' },
        documentMode: 'documentNodeImportFragments',
        enumsAsTypes: true,
        useTypeImports: true,
        avoidOptionals: { field: true },
        skipTypename: false,
      },
    },
  },
};

export default config;
