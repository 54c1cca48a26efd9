#include "creadline.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

static creadline_handlers table;
static char *accepted; /* the line that Enter took, until its handler has run */
static int secret;
static int in_line_handler;
static char *next_line; /* what the next line begins with: readline empties the line when the handler of the last has run */

/* Keys of secret lines: no cutting, which would keep what is cut, and no history. */
static Keymap secret_map;

static int begin_line(void) {
  if (next_line) {
    rl_insert_text(next_line);
    free(next_line);
    next_line = NULL;
  }
  return 0;
}

/* Enter. The line leaves the screen before it is handed over: what becomes of it is shown as a row of the chat, and the echo of
   it would be the same once more. */
static int accept_line(int count, int key) {
  free(accepted);
  accepted = strdup(rl_line_buffer ? rl_line_buffer : "");
  rl_clear_visible_line();
  if (secret && rl_line_buffer) memset(rl_line_buffer, 0, (size_t)rl_end);
  rl_replace_line("", 1);
  rl_point = rl_end = 0;
  return rl_newline(count, key);
}

static void on_line(char *line) {
  char *text = line ? accepted : NULL;
  accepted = NULL;
  in_line_handler = 1;
  table.line(table.context, text);
  in_line_handler = 0;
  if (text) {
    if (secret) memset(text, 0, strlen(text));
    free(text);
  }
  free(line);
}

/* readline sets the keys of its editing mode when a line begins. */
static int after_begin(void) {
  if (secret) rl_set_keymap(secret_map);
  return 0;
}

static int break_line(int count, int key) {
  (void)count;
  (void)key;
  rl_insert_text("\n");
  return 0;
}

static void wipe_line(void) {
  if (rl_line_buffer) memset(rl_line_buffer, 0, (size_t)rl_end);
  rl_replace_line("", 1);
  rl_point = rl_end = 0;
}

static int wipe_key(int count, int key) {
  (void)count;
  (void)key;
  wipe_line();
  return 0;
}

static int no_key(int count, int key) {
  (void)count;
  (void)key;
  return 0;
}

static void make_secret_map(void) {
  secret_map = rl_make_bare_keymap();
  for (int key = ' '; key < 256; key++) rl_bind_key_in_map(key, rl_insert, secret_map);
  rl_bind_key_in_map('\r', accept_line, secret_map);
  rl_bind_key_in_map('\n', accept_line, secret_map);
  rl_bind_key_in_map(0x7F, rl_rubout, secret_map);
  rl_bind_key_in_map('H' & 0x1F, rl_rubout, secret_map);
  rl_bind_key_in_map('U' & 0x1F, wipe_key, secret_map);
  rl_bind_key_in_map('W' & 0x1F, wipe_key, secret_map);
  rl_bind_keyseq_in_map("\\e[200~", rl_bracketed_paste_begin, secret_map);
  /* Other keys do nothing: the bytes they send would become letters of the password. */
  static const char *const others[] = { "A", "B", "C", "D", "F", "H", "Z", "1~", "2~", "3~", "4~", "5~", "6~" };
  for (size_t index = 0; index < sizeof others / sizeof *others; index++) {
    char keys[16];
    snprintf(keys, sizeof keys, "\\e[%s", others[index]);
    rl_bind_keyseq_in_map(keys, no_key, secret_map);
    snprintf(keys, sizeof keys, "\\eO%s", others[index]);
    rl_bind_keyseq_in_map(keys, no_key, secret_map);
  }
}

/* Whether the command before this one has cut something. readline has no other way to say that it has not. */
extern int _rl_last_command_was_kill;

void creadline_forget_cut(void) {
  enum { ring = 10 }; /* as many as readline keeps */
  for (int index = 0; index < ring; index++) {
    _rl_last_command_was_kill = 0;
    rl_replace_line(" ", 1);
    rl_kill_text(0, 1);
  }
  _rl_last_command_was_kill = 0;
  wipe_line();
}

static int on_key(int count, int key) {
  (void)count;
  table.key(table.context, key);
  return 0;
}

/* Candidates of one completion, in the order in which they were offered. */
static char **candidates;
static size_t candidate_count, candidate_room, candidate_next;

static void forget_candidates(void) {
  for (size_t index = 0; index < candidate_count; index++) free(candidates[index]);
  candidate_count = candidate_next = 0;
}

void creadline_offer(const char *candidate) {
  if (candidate_count == candidate_room) {
    size_t room = candidate_room ? candidate_room * 2 : 64;
    char **larger = realloc(candidates, room * sizeof *larger);
    if (!larger) return;
    candidates = larger;
    candidate_room = room;
  }
  char *copy = strdup(candidate);
  if (copy) candidates[candidate_count++] = copy;
}

static char *next_candidate(const char *text, int state) {
  (void)text;
  if (state == 0) candidate_next = 0;
  return candidate_next < candidate_count ? strdup(candidates[candidate_next++]) : NULL;
}

static char **complete(const char *text, int start, int end) {
  rl_attempted_completion_over = 1; /* never names of files */
  rl_completion_append_character = ' ';
  if (secret) return NULL;
  forget_candidates();
  table.complete(table.context, rl_line_buffer, start, end);
  char **matches = candidate_count ? rl_completion_matches(text, next_candidate) : NULL;
  forget_candidates();
  return matches;
}

/* Shows a line whose text nobody sees. */
static void redisplay_secret(void) {
  int end = rl_end, point = rl_point;
  char first = rl_line_buffer[0];
  rl_line_buffer[0] = 0;
  rl_end = rl_point = 0;
  rl_redisplay();
  rl_line_buffer[0] = first;
  rl_end = end;
  rl_point = point;
}

void creadline_set_secret(int is_secret) {
  if (secret_map && secret != is_secret) {
    rl_set_keymap(is_secret ? secret_map : rl_editing_mode ? emacs_standard_keymap : vi_insertion_keymap);
  }
  secret = is_secret;
  rl_redisplay_function = secret ? redisplay_secret : rl_redisplay;
}

/* The program's own keys are the same in every editing mode. Alt with a key is Escape and the key; in vi's modes Escape alone still
   changes the mode, after readline's keyseq-timeout. */
static void bind_keys(Keymap map) {
  rl_bind_key_in_map('\r', accept_line, map);
  rl_bind_key_in_map('\n', accept_line, map);
  rl_bind_key_in_map(CREADLINE_KEY_CLEAR, on_key, map);
  rl_bind_keyseq_in_map("\\e\\C-m", break_line, map);
  rl_bind_keyseq_in_map("\\e\\C-j", break_line, map);
  for (char digit = '1'; digit <= '9'; digit++) {
    const char keys[] = { '\\', 'e', digit, 0 };
    rl_bind_keyseq_in_map(keys, on_key, map);
  }
  rl_bind_keyseq_in_map("\\ea", on_key, map);
  rl_bind_keyseq_in_map("\\eA", on_key, map);
}

static void bind_completion(Keymap map) {
  rl_bind_key_in_map('\t', rl_menu_complete, map);
  rl_bind_keyseq_in_map("\\e[Z", rl_backward_menu_complete, map);
}

int creadline_start(const char *prompt, const creadline_handlers *handlers) {
  table = *handlers;
  rl_readline_name = "parley";
  rl_catch_signals = 0;
  rl_catch_sigwinch = 0;
  rl_change_environment = 0;
  rl_erase_empty_line = 1;
  rl_completer_word_break_characters = " \t\n";
  rl_completer_quote_characters = "";
  rl_attempted_completion_function = complete;
  rl_startup_hook = begin_line;
  rl_pre_input_hook = after_begin;
  rl_sort_completion_matches = 0;
  rl_ignore_completion_duplicates = 0;
  if (rl_initialize() != 0) return -1;
  rl_variable_bind("enable-bracketed-paste", "on");
  rl_variable_bind("completion-ignore-case", "on");
  rl_variable_bind("show-all-if-ambiguous", "off");
  /* Else the terminal's Ctrl+U and Ctrl+W cut text in the keymap of secret lines as well. */
  rl_variable_bind("bind-tty-special-chars", "off");
  if (!creadline_is_utf8()) {
    /* Bytes above 127 are letters, whatever the locale is. */
    rl_variable_bind("input-meta", "on");
    rl_variable_bind("output-meta", "on");
    rl_variable_bind("convert-meta", "off");
  }
  bind_keys(emacs_standard_keymap);
  bind_keys(vi_insertion_keymap);
  bind_keys(vi_movement_keymap);
  bind_completion(emacs_standard_keymap);
  bind_completion(vi_insertion_keymap);
  make_secret_map();
  rl_callback_handler_install(prompt, on_line);
  return 0;
}

void creadline_stop(void) { rl_callback_handler_remove(); }

void creadline_read(void) { rl_callback_read_char(); }

void creadline_hide_line(void) { rl_clear_visible_line(); }

void creadline_show_line(void) {
  rl_on_new_line();
  (*rl_redisplay_function)();
}

void creadline_set_prompt(const char *prompt) { rl_set_prompt(prompt); }

void creadline_write(const char *bytes, size_t size) {
  fwrite(bytes, 1, size, stdout);
  fflush(stdout);
}

const char *creadline_line(void) { return rl_line_buffer ? rl_line_buffer : ""; }

void creadline_set_line(const char *text) {
  if (in_line_handler) {
    free(next_line);
    next_line = *text ? strdup(text) : NULL;
    return;
  }
  if (secret && rl_line_buffer) memset(rl_line_buffer, 0, (size_t)rl_end);
  rl_replace_line(text, 1);
  rl_point = rl_end;
}

void creadline_cancel_search(void) { rl_callback_sigcleanup(); }

int creadline_line_size(void) { return rl_end; }

int creadline_point(void) { return rl_point; }

int creadline_is_plain(void) {
  return !RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH | RL_STATE_NUMERICARG | RL_STATE_VIMOTION | RL_STATE_MOREINPUT);
}

void creadline_resize(void) { rl_reset_screen_size(); }

void creadline_window(int *rows, int *columns) { rl_get_screen_size(rows, columns); }

void creadline_clear_screen(void) { rl_clear_screen(0, 0); }

void creadline_history_clear(void) { clear_history(); }

void creadline_history_add(const char *line) {
  add_history(line);
  using_history();
}

void creadline_suspend(void) {
  rl_clear_visible_line();
  fflush(stdout);
  (*rl_deprep_term_function)();
  raise(SIGSTOP);
  (*rl_prep_term_function)(1);
  rl_reset_screen_size();
  creadline_show_line();
}
