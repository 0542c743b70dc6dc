package thing;

import java.util.Objects;

/**
 * The text of a JSON document: the Java type of fields of type json. It is kept as text, so that any library may read it.
 *
 * @param text the document
 */
public record Json(String text) {
  /**
   * Checks nothing but that there is a text; the database engine refuses what is no JSON.
   *
   * @param text the document
   */
  public Json {
    Objects.requireNonNull(text, "text");
  }

  /**
   * A document.
   *
   * @param text its text
   * @return the document
   */
  public static Json of(String text) {
    return new Json(text);
  }

  @Override
  public String toString() {
    return text;
  }
}
