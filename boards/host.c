/*
 * Runs firmware that was built for the desktop (mc.so) without a window: the part of the simulator that a program without a
 * screen needs. Usage: host mc.so. Ends with the firmware's exit status, or by a signal.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define mxLinux 1
#include "screen.h"

static guint timer;

static void aborted(txScreen *screen, int status)
{
	fflush(NULL);
	exit(status);
}

static gboolean idle(gpointer it)
{
	txScreen *screen = it;
	if (screen->idle)
		screen->idle(screen);
	return G_SOURCE_CONTINUE;
}

static void start(txScreen *screen, double interval)
{
	if (timer)
		g_source_remove(timer);
	timer = g_timeout_add((guint)interval, idle, screen);
}

static void stop(txScreen *screen)
{
	if (timer)
		g_source_remove(timer);
	timer = 0;
}

static void ignored(txScreen *screen)
{
}

static void posted(txScreen *screen, char *message, int size)
{
}

int main(int argc, char **argv)
{
	txScreen *screen = calloc(1, sizeof(txScreen) + 320 * 240 * screenBytesPerPixel);
	void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
	txScreenLaunchProc launch = library ? (txScreenLaunchProc)dlsym(library, "fxScreenLaunch") : NULL;

	if (!screen || !launch) {
		fprintf(stderr, "usage: host mc.so\n%s\n", argc == 2 ? dlerror() : "");
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* The SDK's sockets on Linux write to peers that are gone, which must be an error, not the end of the program. */
	signal(SIGPIPE, SIG_IGN);
	screen->abort = aborted;
	screen->bufferChanged = ignored;
	screen->formatChanged = ignored;
	screen->post = posted;
	screen->start = start;
	screen->stop = stop;
	screen->width = 320;
	screen->height = 240;
	launch(screen);
	if (!screen->machine)
		return 1;
	g_main_loop_run(g_main_loop_new(NULL, FALSE));
	return 0;
}
