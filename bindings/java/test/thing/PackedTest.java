package thing;

import static org.junit.jupiter.api.Assertions.*;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PackedTest {
  private static final Path FOLDER = Path.of(System.getenv("THING_VECTORS"));
  private static final Map<String, Codec> CODECS = Map.ofEntries(
      Map.entry("int", Codec.of(Long.class)), Map.entry("bool", Codec.of(Boolean.class)),
      Map.entry("float", Codec.of(Double.class)), Map.entry("decimal", Codec.of(BigDecimal.class)),
      Map.entry("text", Codec.of(String.class)), Map.entry("enum", Codec.of(String.class)),
      Map.entry("bytes", Codec.of(byte[].class)), Map.entry("datetime", Codec.of(Instant.class)),
      Map.entry("date", Codec.of(LocalDate.class)), Map.entry("time", Codec.of(LocalTime.class)),
      Map.entry("uuid", Codec.of(UUID.class)), Map.entry("json", Codec.of(Json.class)));

  static Stream<String> vectors() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.map(f -> f.getFileName().toString()).filter(n -> n.endsWith(".hex")).map(n -> n.replace(".hex", "")).sorted().toList().stream();
    }
  }

  private static byte[] bytes(String name) throws IOException {
    return HexFormat.of().parseHex(Files.readString(FOLDER.resolve(name + ".hex")).replace("\n", ""));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Codec> codecs(String name) throws IOException {
    for (Object model : JsonReader.list(Files.readString(FOLDER.resolve("models.json")))) {
      Map<String, Object> document = (Map<String, Object>) model;
      if (document.get("name").equals(name.split("-")[0])) {
        Map<String, Codec> codecs = new LinkedHashMap<>();
        ((Map<String, Object>) document.get("fields")).forEach((field, type) -> codecs.put(field, codec(type)));
        return codecs;
      }
    }
    throw new IOException("no model of " + name);
  }

  private static Codec codec(Object type) {
    if (type instanceof String text) {
      return CODECS.get(text.replace("?", ""));
    }
    Map<?, ?> field = (Map<?, ?>) type;
    Codec codec = CODECS.get(field.get("type"));
    return field.containsKey("list") ? Codec.listOf(codec) : codec;
  }

  /** Rows as maps of values; what is absent has no entry. */
  private static List<Map<String, Object>> decode(byte[] bytes, Map<String, Codec> codecs) {
    Packed packed = new Packed(bytes, bytes.length);
    assertEquals(codecs.size(), packed.columns());
    return Stream.iterate(0, i -> i < packed.rows(), i -> i + 1).map(i -> {
      Map<String, Object> row = new LinkedHashMap<>();
      int column = 0;
      for (Map.Entry<String, Codec> field : codecs.entrySet()) {
        packed.row(i);
        if (!packed.isAbsent(column)) {
          row.put(field.getKey(), field.getValue().read(packed, column));
        }
        column++;
      }
      return row;
    }).toList();
  }

  private static void assertSameValue(Object expected, Object found, String what) {
    if (expected instanceof byte[] bytes) {
      assertArrayEquals(bytes, (byte[]) found, what);
    } else if (expected instanceof List<?> list && !list.isEmpty() && list.get(0) instanceof byte[]) {
      assertArrayEquals(list.toArray(), ((List<?>) found).toArray(), what);
    } else if (expected instanceof Json json) {
      assertEquals(JsonReader.read(json.text()), JsonReader.read(((Json) found).text()), what);
    } else {
      assertEquals(expected, found, what);
    }
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void aBatchIsReadAsItsJson(String name) throws IOException {
    Map<String, Codec> codecs = codecs(name);
    List<Map<String, Object>> rows = decode(bytes(name), codecs);
    List<Object> expected = JsonReader.list(Files.readString(FOLDER.resolve(name + ".json")));
    assertEquals(expected.size(), rows.size());
    for (int i = 0; i < rows.size(); i++) {
      Map<?, ?> row = (Map<?, ?>) expected.get(i);
      assertEquals(row.keySet(), rows.get(i).keySet());
      for (Object field : row.keySet()) {
        assertSameValue(codecs.get(field).fromJson(row.get(field)), rows.get(i).get(field), name + " " + field);
      }
    }
  }

  /** All values are looked at, so what is cut off is missed. */
  @ParameterizedTest
  @MethodSource("vectors")
  void aBatchThatIsCutIsRefused(String name) throws IOException {
    byte[] whole = bytes(name);
    Map<String, Codec> codecs = codecs(name);
    for (int length = 0; length < whole.length - 7; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThrows(InvalidException.class, () -> decode(cut, codecs), "of " + whole.length + " bytes " + length);
    }
  }

  /** Whatever bytes say: values or an InvalidException, and no other end. */
  @ParameterizedTest
  @MethodSource("vectors")
  void aBatchThatIsBrokenDoesNoHarm(String name) throws IOException {
    byte[] whole = bytes(name);
    Map<String, Codec> codecs = codecs(name);
    Random random = new Random(7);
    int refused = 0;
    for (int i = 0; i < 3000; i++) {
      byte[] broken = whole.clone();
      broken[i < 64 ? i % whole.length : random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
      try {
        decode(broken, codecs);
      } catch (InvalidException e) {
        refused++;
      }
    }
    assertTrue(refused > 30, "refused " + refused);
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void whatIsWrittenIsReadBack(String name) throws IOException {
    Map<String, Codec> codecs = codecs(name);
    byte[] whole = bytes(name);
    List<Map<String, Object>> rows = decode(whole, codecs);
    PackWriter out = new PackWriter(codecs.size(), 5, rows.size());
    for (Map<String, Object> row : rows) {
      out.begin();
      int column = 0;
      for (Map.Entry<String, Codec> field : codecs.entrySet()) {
        if (!row.containsKey(field.getKey())) {
          out.absent(column);
        } else if (row.get(field.getKey()) == null) {
          out.nul(column);
        } else {
          field.getValue().write(out, column, row.get(field.getKey()));
        }
        column++;
      }
    }
    List<Map<String, Object>> again = decode(out.finish(), codecs);
    for (int i = 0; i < rows.size(); i++) {
      assertEquals(rows.get(i).keySet(), again.get(i).keySet());
      for (String field : rows.get(i).keySet()) {
        assertSameValue(rows.get(i).get(field), again.get(i).get(field), field);
      }
    }
  }
}
