export { redisStreamTransport, type RedisClient, type RedisStreamTransportOptions } from './redis/redis-transport.ts'
