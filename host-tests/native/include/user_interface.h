#include "xsmc.h"
