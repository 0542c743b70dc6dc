/* Keeps one book: what a first program with libthing does. usage: bookshelf DB_FILE */
#include <stdio.h>
#include <thing.h>

static const char kModel[] =
    "{\"name\": \"Book\", \"fields\": {"
    "\"id\": {\"type\": \"int\", \"primary\": true, \"default\": {\"fn\": \"autoincrement\"}},"
    "\"title\": \"text\", \"pages\": \"int?\"}}";

static int complain(thing_error* err) {
  fprintf(stderr, "%s: %s\n", thing_status_name(thing_error_code(err)), thing_error_message(err));
  thing_error_free(err);
  return 1;
}

static thing_status write_book(thing_db* db, int64_t* id, thing_error** err) {
  const thing_model* book = thing_model_find(db, "Book", -1);
  thing_obj* obj = thing_obj_new(book);
  int32_t title = thing_model_field_index(book, "title", -1);
  int32_t pages = thing_model_field_index(book, "pages", -1);
  thing_status status = thing_obj_set_text(obj, title, "A Wizard of Earthsea", -1, err);
  if (status == THING_OK) status = thing_obj_set_int64(obj, pages, 205, err);
  if (status == THING_OK) status = thing_save(db, NULL, obj, err);
  *id = thing_obj_id(obj);
  thing_obj_free(obj);
  return status;
}

static thing_status print_book(thing_db* db, int64_t id, thing_error** err) {
  const thing_model* book = thing_model_find(db, "Book", -1);
  thing_obj* obj = NULL;
  thing_status status = thing_by_id(db, NULL, book, id, &obj, err);
  if (status != THING_OK) return status;
  thing_buf* json = NULL;
  status = thing_obj_json(obj, 0, &json, err);
  if (status == THING_OK) puts((const char*)thing_buf_data(json));
  thing_buf_free(json);
  thing_obj_free(obj);
  return status;
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  char url[4096];
  snprintf(url, sizeof url, "sqlite:%s", argv[1]);

  thing_db* db = NULL;
  thing_error* err = NULL;
  int64_t id = 0;
  thing_status status = thing_open(url, -1, &db, &err);
  if (status == THING_OK) status = thing_model_register(db, kModel, -1, &err);
  if (status == THING_OK) status = thing_schema_sync(db, NULL, &err);
  if (status == THING_OK) status = write_book(db, &id, &err);
  if (status == THING_OK) status = print_book(db, id, &err);
  thing_close(db);
  return status == THING_OK ? 0 : complain(err);
}
