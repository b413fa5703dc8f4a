/** Lets the HTTP server take files of devices: text, larger than a JSON body may be. */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { LIST_TYPES } from './device-list.js';

const LIST_LIMIT_BYTES = 4 * 1024 ** 2;

@Injectable()
export class ListParsers implements OnModuleInit {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost<FastifyAdapter>) {}

  onModuleInit(): void {
    const options = { parseAs: 'string', bodyLimit: LIST_LIMIT_BYTES } as const;
    this.host.httpAdapter
      .getInstance()
      .addContentTypeParser([...LIST_TYPES], options, (_request, text, done) => done(null, text));
  }
}
