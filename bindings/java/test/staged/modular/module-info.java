/** A program that is a module: it opens the package of its models to thing. */
module app {
  requires thing;

  opens app to
      thing;
}
