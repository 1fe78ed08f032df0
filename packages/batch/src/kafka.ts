export {
  kafkaTransport,
  type KafkaMessage,
  type KafkaProducer,
  type KafkaTransportOptions,
} from './kafka/kafka-transport.ts'
