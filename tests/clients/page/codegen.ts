import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: '../parley/schema/schema.graphql',
  documents: 'src/**/*.ts',
  generates: {
    'src/gql/': {
      preset: 'client',
      config: {
        strictScalars: true,
        scalars: { DateTime: 'string', Upload: 'File' },
        useTypeImports: true,
      },
    },
  },
};

export default config;
