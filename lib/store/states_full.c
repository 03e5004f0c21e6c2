/* The state words of commands that link libgit2: see state.h. */
#include "store/state.h"

const struct bp_state_driver *const bp_states_full[] = {&bp_state_dir, &bp_state_git,
                                                        &bp_state_files, NULL};
