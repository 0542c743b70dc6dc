package thing.raw;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Finds and loads the native library: from the folder that the property thing.library.path names, else from
 * java.library.path, else out of thing.jar.
 */
final class Library {
  private static final String PROPERTY = "thing.library.path";
  private static final String WRAPPER = System.mapLibraryName("thing_java");
  private static final String ENGINE = "libthing.so.0";

  private static boolean loaded;

  private final List<String> tried = new ArrayList<>();

  private Library() {}

  /** Loads it, once for all classes with natives, or fails with all places that were looked at. */
  static synchronized void load() {
    Library library = new Library();
    if (loaded || library.fromProperty() || library.fromSystem() || library.fromJar()) {
      loaded = true;
      return;
    }
    throw new UnsatisfiedLinkError(
        "the native library of thing was not loaded; tried:\n  " + String.join("\n  ", library.tried));
  }

  /** A folder that is named is the one that is meant: there is no second choice behind it. */
  private boolean fromProperty() {
    String folders = System.getProperty(PROPERTY);
    if (folders == null) {
      tried.add("-D" + PROPERTY + ": not set");
      return false;
    }
    for (String folder : folders.split(File.pathSeparator)) {
      if (fromFolder(Path.of(folder).toAbsolutePath(), "-D" + PROPERTY)) {
        return true;
      }
    }
    throw new UnsatisfiedLinkError(
        "the native library of thing was not loaded; tried:\n  " + String.join("\n  ", tried));
  }

  private boolean fromSystem() {
    try {
      System.loadLibrary("thing_java");
      return true;
    } catch (UnsatisfiedLinkError e) {
      tried.add("java.library.path=" + System.getProperty("java.library.path") + ": " + e.getMessage());
      return false;
    }
  }

  private boolean fromJar() {
    String folder = "META-INF/native/" + platform() + "/";
    try {
      Path target = Files.createTempDirectory("thing-native-"); // of this user alone
      try {
        extract(folder, ENGINE, target);
        return extract(folder, WRAPPER, target) && fromFolder(target, "jar");
      } finally {
        deleteAll(target);
      }
    } catch (IOException e) {
      tried.add("jar: " + e);
      return false;
    }
  }

  /** The wrapper asks for the engine by its name, which is taken once it is loaded: the one beside it goes before others. */
  private boolean fromFolder(Path folder, String source) {
    Path engine = folder.resolve(ENGINE);
    return (!Files.exists(engine) || loadFile(engine, source)) && loadFile(folder.resolve(WRAPPER), source);
  }

  static String platform() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT).split(" ")[0];
    String machine = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    return system + "-" + (machine.equals("amd64") ? "x86_64" : machine);
  }

  private boolean extract(String folder, String name, Path target) throws IOException {
    try (InputStream in = Library.class.getClassLoader().getResourceAsStream(folder + name)) {
      if (in == null) {
        tried.add("jar: no " + folder + name);
        return false;
      }
      Files.copy(in, target.resolve(name));
      return true;
    }
  }

  private boolean loadFile(Path file, String source) {
    if (!Files.exists(file)) {
      tried.add(source + ": no " + file);
      return false;
    }
    try {
      System.load(file.toString());
      return true;
    } catch (UnsatisfiedLinkError e) {
      tried.add(source + ": " + e.getMessage());
      return false;
    }
  }

  /** A loaded file stays mapped without its name. */
  private static void deleteAll(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
