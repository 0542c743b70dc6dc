package thing;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectPackage;

import java.io.PrintStream;
import java.util.Locale;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.ClassNameFilter;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs the tests whose class names match an argument, or all, and prints a point of TAP for each. */
public final class Tap implements TestExecutionListener {
  private final PrintStream out = System.out;
  private int points;
  private int failures;

  private Tap() {}

  /**
   * Runs tests.
   *
   * @param arguments a part of class names, or nothing
   */
  public static void main(String[] arguments) {
    String pattern = arguments.length == 0 ? ".*Test" : ".*" + arguments[0] + ".*";
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectPackage("thing"))
            .filters(ClassNameFilter.includeClassNamePatterns(pattern))
            .build();
    Launcher launcher = LauncherFactory.create();
    Tap tap = new Tap();
    launcher.execute(request, tap);
    System.exit(tap.failures == 0 && tap.points > 0 ? 0 : 1);
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    point("ok", test, " # SKIP " + reason);
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    switch (result.getStatus()) {
      case SUCCESSFUL -> {
        if (test.isTest()) {
          point("ok", test, "");
        }
      }
      case ABORTED -> point("ok", test, " # SKIP " + result.getThrowable().map(Throwable::getMessage).orElse(""));
      default -> {
        failures++;
        result.getThrowable().ifPresent(e -> e.printStackTrace(out));
        point("not ok", test, "");
      }
    }
  }

  private void point(String outcome, TestIdentifier test, String directive) {
    out.printf("%s %d - %s%s%n", outcome, ++points, sentence(test), directive);
  }

  /** The name of a method is a sentence in camel case. */
  private static String sentence(TestIdentifier test) {
    String group = test.getUniqueId().replaceAll(".*\\[class:thing\\.(\\w+)\\].*", "$1");
    String words = test.getDisplayName().replaceAll("\\(\\)$", "").replaceAll("(?<=[a-z0-9])([A-Z])", " $1");
    return group + ": " + words.toLowerCase(Locale.ROOT).replace('#', ' ');
  }
}
