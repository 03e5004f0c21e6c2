/* The state words of commands that load no libgit2: see state.h. */
#include "store/state.h"

const struct bp_state_driver *const bp_states_light[] = {&bp_state_dir, &bp_state_git_by_get,
                                                         &bp_state_files, NULL};
