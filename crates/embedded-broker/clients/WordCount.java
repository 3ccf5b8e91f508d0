import java.io.FileInputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Produced;

/**
 * Kafka Streams' word count, with what tries it out.
 *
 * <pre>
 * WordCount count FILE IN OUT            counts the words of IN into OUT until it is ended; FILE has Streams' settings
 * WordCount send BROKER IN FIRST END     writes the lines from number FIRST to END, and waits for their acknowledgement
 * WordCount check BROKER OUT END SPARE   waits until OUT counts each word of the lines up to END, and at most SPARE more
 * </pre>
 */
public final class WordCount {
    private static final long PATIENCE_MS = 90_000;

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "count" -> count(args[1], args[2], args[3]);
            case "send" -> send(args[1], args[2], Integer.parseInt(args[3]), Integer.parseInt(args[4]));
            case "check" -> check(args[1], args[2], Integer.parseInt(args[3]), Long.parseLong(args[4]));
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    private static String line(int number) {
        return "all W" + number % 7 + " v" + number % 3;
    }

    private static void count(String file, String in, String out) throws Exception {
        Properties settings = new Properties();
        try (FileInputStream stream = new FileInputStream(file)) {
            settings.load(stream);
        }
        settings.put("default.key.serde", Serdes.StringSerde.class);
        settings.put("default.value.serde", Serdes.StringSerde.class);
        StreamsBuilder builder = new StreamsBuilder();
        builder.<String, String>stream(in)
            .flatMapValues(line -> List.of(line.toLowerCase().split(" ")))
            .groupBy((key, word) -> word, Grouped.with(Serdes.String(), Serdes.String()))
            .count()
            .toStream()
            .to(out, Produced.with(Serdes.String(), Serdes.Long()));
        KafkaStreams streams = new KafkaStreams(builder.build(), settings);
        streams.setStateListener((now, before) -> {
            System.out.println("state " + now);
            if (now == KafkaStreams.State.ERROR) {
                System.exit(1);
            }
        });
        Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(20)), "stop"));
        streams.start();
    }

    private static void send(String broker, String topic, int first, int end) throws Exception {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", broker);
        settings.put("linger.ms", "20");
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            for (int number = first; number < end; number++) {
                producer.send(new ProducerRecord<>(topic, String.valueOf(number), line(number)), (sent, error) -> {
                    if (error != null) {
                        error.printStackTrace();
                        Runtime.getRuntime().halt(1);
                    }
                });
            }
        }
        System.out.println("sent " + first + " to " + end);
    }

    private static void check(String broker, String topic, int end, long spare) throws Exception {
        Map<String, Long> expected = new TreeMap<>();
        for (int number = 0; number < end; number++) {
            for (String word : line(number).toLowerCase().split(" ")) {
                expected.merge(word, 1L, Long::sum);
            }
        }
        Properties settings = new Properties();
        settings.put("bootstrap.servers", broker);
        settings.put("auto.offset.reset", "earliest");
        Map<String, Long> found = new TreeMap<>();
        long deadline = System.currentTimeMillis() + PATIENCE_MS;
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new LongDeserializer())) {
            List<TopicPartition> all = consumer.partitionsFor(topic).stream()
                .map(one -> new TopicPartition(one.topic(), one.partition())).toList();
            consumer.assign(all);
            consumer.seekToBeginning(all);
            while (!holds(expected, found, spare)) {
                if (System.currentTimeMillis() > deadline) {
                    System.out.println("expected " + expected + " and at most " + spare + " more, found " + found);
                    System.exit(1);
                }
                // A word is always in the same partition, so that the last count is the latest.
                consumer.poll(Duration.ofMillis(100)).forEach(record -> found.put(record.key(), record.value()));
            }
        }
        System.out.println("counted " + found);
    }

    private static boolean holds(Map<String, Long> expected, Map<String, Long> found, long spare) {
        return found.keySet().equals(expected.keySet()) && expected.entrySet().stream().allMatch(entry -> {
            long more = found.get(entry.getKey()) - entry.getValue();
            return more >= 0 && more <= spare;
        });
    }
}
