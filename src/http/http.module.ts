import { Global, Module } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { HTTP } from './http.js';
import { UndiciHttp } from './undici-http.js';

/** The one way out, for every room: inject HTTP. */
@Global()
@Module({
  providers: [
    {
      provide: HTTP,
      inject: [CONFIG],
      useFactory: ({ allowPrivateUrls }: Config) => new UndiciHttp({ allowPrivate: allowPrivateUrls }),
    },
  ],
  exports: [HTTP],
})
export class HttpModule {}
