import { GraphQLSchemaHost } from '@nestjs/graphql';
import {
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  printSchema,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { type Gateway, startGateway } from '../support/gateway.js';

const COMMITTED = join(import.meta.dirname, '../../schema.graphql');

let gateway: Gateway;
let schema: GraphQLSchema;
beforeAll(async () => {
  gateway = await startGateway();
  schema = gateway.app.nest.get(GraphQLSchemaHost).schema;
});
afterAll(() => gateway.close());

describe('the printed schema', () => {
  it('is what schema.graphql holds; `npm run schema` adopts a change', async () => {
    const printed = `# Printed from the code by npm run schema.\n\n${printSchema(schema)}\n`;
    await expect(
      printed,
      'The served schema and schema.graphql differ. If that is meant, `npm run schema` adopts the change.',
    ).toMatchFileSnapshot(COMMITTED);
  });

  it('describes every type, field, argument, input field and enum value', () => {
    const silent: string[] = [];
    const look = (name: string, { description }: { description?: string | null }): void => {
      if (!description?.trim()) silent.push(name);
    };
    for (const type of Object.values(schema.getTypeMap())) {
      if (type.name.startsWith('__') || isSpecifiedScalarType(type)) continue;
      look(type.name, type);
      if (isEnumType(type)) for (const value of type.getValues()) look(`${type.name}.${value.name}`, value);
      if (isScalarType(type) || !(isObjectType(type) || isInterfaceType(type) || isInputObjectType(type))) continue;
      for (const field of Object.values(type.getFields())) {
        look(`${type.name}.${field.name}`, field);
        if ('args' in field) for (const arg of field.args) look(`${type.name}.${field.name}(${arg.name})`, arg);
      }
    }
    expect(silent).toEqual([]);
  });
});
