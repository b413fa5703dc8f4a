/** Makes the HTTP server pass the bodies of uploads as streams, not as buffers. */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';

@Injectable()
export class UploadParsers implements OnModuleInit {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost<FastifyAdapter>) {}

  onModuleInit(): void {
    const { httpAdapter } = this.host;
    httpAdapter.useMultipart();
    httpAdapter
      .getInstance()
      .addContentTypeParser('application/octet-stream', (_request, _payload, done) => done(null));
  }
}
