using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Organisations;
using Ledger.Verification;
using Microsoft.Extensions.Logging;

namespace Ledger.Silo.Transparency;

/// <summary>One organisation's log, running: follows the store, signs at the interval, publishes, and begins anew when it must.</summary>
internal sealed class LogRun(
    string organisation, IEventStore store, SiloOptions options, HttpClient witnessClient, TimeProvider time, Entropy entropy, ILogger logger)
{
    private readonly LogOptions settings = options.Log;
    private readonly LogPlaces places = new(options, organisation);
    private readonly OrganisationStream stream = new(store, organisation, time, entropy);
    private readonly CheckpointStream checkpoints = new(store, organisation, time, entropy);
    private readonly LogKeyFiles keyFiles = new(options.EffectiveKeysDirectory, organisation);
    private volatile Publisher? publisher;

    public LogProgress Progress { get; } = new(time);

    /// <summary>Takes cosignatures while the log runs.</summary>
    public Publisher? Publisher => publisher;

    /// <summary>Runs until it is cancelled. What an operator must mend stops the log but not the task: a look now and then sees it mended.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            TimeSpan pause = Limits.RetryAfter;
            try
            {
                await FollowAsync(cancellationToken);
                // Another activation signed meanwhile, or a key is to be changed: begin anew at once.
                continue;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (EventStoreUnavailableException e)
            {
                logger.LogWarning(e, "The log of {Organisation} waits for the store.", organisation);
            }
            catch (IOException e)
            {
                // The disk is full, or another activation tidied away what this one was writing: try again soon.
                Progress.StoppedNow(e.Message);
                logger.LogError(e, "The log of {Organisation} could not write its files: {Reason}", organisation, e.Message);
            }
            catch (Exception e)
            {
                // Whatever it is, nothing may be signed over it; what is signed stays good.
                Progress.StoppedNow(e.Message);
                logger.LogCritical(e, "The log of {Organisation} has stopped signing: {Reason}", organisation, e.Message);
                pause = Limits.LogStoppedPause;
            }

            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        using LogKeys keys = await LogKeys.OpenAsync(stream, keyFiles, organisation, settings, time, entropy, cancellationToken);
        byte[]? published = places.Tiles.ReadCheckpoint();
        SignedTree? last = await checkpoints.LastAsync(cancellationToken);
        LogEdge? edge = LogEdge.Read(places, keys, published, last);
        if (edge is null)
        {
            await RebuildAsync(keys, last!, cancellationToken);
            edge = LogEdge.Read(places, keys, published, last) ?? throw new IOException($"The tiles made again in {places.Tiles.Directory} are gone.");
        }

        using LogWriter writer = new(organisation, checkpoints, keys, places, edge, Progress, time);
        Progress.FoundSound();
        VerifierKey[] witnesses = [.. settings.Witnesses.Select(WitnessKey)];
        Publisher publishing = new(places.Tiles, Progress, witnesses, settings.WitnessesRequired);
        WitnessPush[] pushes = [.. settings.Witnesses.Zip(witnesses)
            .Where(w => w.First.Url is not null)
            .Select(w => new WitnessPush(witnessClient, w.Second, WithSlash(w.First.Url!), places.Tiles, publishing, time, logger))];
        publisher = publishing;
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> tasks = [.. pushes.Select(p => p.RunAsync(ended.Token))];
        if (last is not null)
        {
            Progress.SignedNow(last);
            Show(WithCosignatures(last), publishing, pushes);
        }

        tasks.Add(SignAsync(writer, keys, signed => Show(signed, publishing, pushes), ended.Token));
        try
        {
            await await Task.WhenAny(tasks);
        }
        finally
        {
            publisher = null;
            await ended.CancelAsync();
            await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Makes all tiles and positions again from the store, up to the last checkpoint. They come to their place only when they bear that out: tiles of
    /// an edited store must not be served, nor stand in the way of the next try.
    /// </summary>
    private async Task RebuildAsync(LogKeys keys, SignedTree last, CancellationToken cancellationToken)
    {
        logger.LogWarning("Tiles or positions of the log of {Organisation} are not there; those of {Size} leaves are made again from the store.", organisation, last.Head.Size);
        using FileStream turn = places.TakeTurn();
        LogPlaces beside = places.Beside();
        using LogWriter writer = new(organisation, checkpoints, keys, beside, LogEdge.Empty(), Progress, time);
        await foreach (RecordedEvent stored in store.ReadAllAsync(ReadDirection.Forwards, StorePosition.Start, int.MaxValue, cancellationToken))
        {
            if (stored.Position > last.Position)
            {
                break;
            }

            writer.Integrate(stored);
        }

        writer.WriteTiles();
        if (writer.Head != last.Head)
        {
            throw new LogStoppedException(
                $"The events in the store make a tree of size {writer.Head.Size} with root {writer.Head.Root}, but the last checkpoint, signed, says {last.Head.Size} and {last.Head.Root}: an event was changed, removed, inserted or moved. Run `ledger verify --data` against a copy of the tiles to find which.");
        }

        places.TakeOver(beside);
    }

    /// <summary>Reads on and signs at the interval. Returns when it must begin anew.</summary>
    private async Task SignAsync(LogWriter writer, LogKeys keys, Action<SignedTree> show, CancellationToken cancellationToken)
    {
        using CancellationTokenSource reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using IAsyncEnumerator<SubscriptionMessage> messages = store
            .SubscribeToAllAsync(writer.Position, LogLeaves.StreamPrefixes(organisation), reading.Token)
            .GetAsyncEnumerator(reading.Token);
        long lastSigned = 0;
        while (true)
        {
            // Most often the next event is there at once; a task is made only when it must be waited for.
            ValueTask<bool> moving = messages.MoveNextAsync();
            bool more;
            if (moving.IsCompletedSuccessfully)
            {
                more = moving.Result;
            }
            else
            {
                Task<bool> next = moving.AsTask();
                if (!await IdleAsync(next))
                {
                    return;
                }

                more = await next;
            }

            if (!more)
            {
                throw new EventStoreUnavailableException("The subscription ended.", Limits.RetryAfter);
            }

            if (messages.Current is SubscriptionMessage.EventAppeared { Event: var stored })
            {
                writer.Integrate(stored);
            }

            if (!await TrySignIfDueAsync())
            {
                return;
            }
        }

        // False: begin anew.
        async Task<bool> IdleAsync(Task<bool> next)
        {
            try
            {
                while (!next.IsCompleted)
                {
                    await WaitAsync(next, writer.Unsigned > 0 ? Due() : Limits.LookForKeyRequest, cancellationToken);
                    if (!await TrySignIfDueAsync() || AreKeysDue())
                    {
                        return false;
                    }

                    if (writer.Unsigned == 0 && !next.IsCompleted)
                    {
                        Progress.CaughtUp();
                    }
                }

                return true;
            }
            finally
            {
                if (!next.IsCompleted)
                {
                    // A subscription that is waited on cannot be closed.
                    await reading.CancelAsync();
                    await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }

        async ValueTask<bool> TrySignIfDueAsync()
        {
            if (writer.Unsigned == 0 || Due() > TimeSpan.Zero)
            {
                return true;
            }

            lastSigned = time.GetTimestamp();
            if (await writer.TrySignAsync(cancellationToken) is not { } signed)
            {
                logger.LogWarning("Another activation of the log of {Organisation} has signed; this one begins anew.", organisation);
                return false;
            }

            Telemetry.RecordCheckpoint();
            Progress.CaughtUp();
            show(signed);
            return !AreKeysDue();
        }

        bool AreKeysDue() => writer.Unsigned == 0 && (keyFiles.ReadRequest().Asked || keys.PreviousIsDue(time.GetUtcNow()));

        TimeSpan Due() => lastSigned == 0 ? TimeSpan.Zero : settings.Interval - time.GetElapsedTime(lastSigned);
    }

    /// <summary>What witnesses signed before a restart stays on it.</summary>
    private SignedTree WithCosignatures(SignedTree signed) =>
        Note.TryParse(places.Tiles.ReadCheckpoint(), out Note? shown) && shown.Text.Span.SequenceEqual(signed.Note.Text.Span)
            ? signed with { Note = signed.Note.With(shown.Signatures) }
            : signed;

    private static void Show(SignedTree signed, Publisher publishing, WitnessPush[] pushes)
    {
        publishing.Offer(signed);
        foreach (WitnessPush push in pushes)
        {
            push.Offer(signed);
        }
    }

    private async Task WaitAsync(Task next, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (patience > TimeSpan.Zero)
        {
            using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(next, Task.Delay(patience, time, enough.Token));
            await enough.CancelAsync();
        }
    }

    private static VerifierKey WitnessKey(WitnessOptions witness) => VerifierKey.TryParse(witness.Key, out VerifierKey? key)
        ? key
        : throw new InvalidOperationException($"'{witness.Key}' is not a verifier key; the configuration was not checked.");

    private static Uri WithSlash(string url) => new(url.EndsWith('/') ? url : url + "/");
}
