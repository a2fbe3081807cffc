package dev.freebind.distribution;

import dagger.Binds;
import dagger.Module;
import dagger.multibindings.ClassKey;
import dagger.multibindings.IntoMap;
import dev.freebind.distribution.command.BindCommand;
import dev.freebind.distribution.command.CompareCommand;
import dev.freebind.distribution.command.CompletionCommand;
import dev.freebind.distribution.command.DemoCommand;
import dev.freebind.distribution.command.DoctorCommand;
import dev.freebind.distribution.command.EmbedCommand;
import dev.freebind.distribution.command.EncodeCommand;
import dev.freebind.distribution.command.EncodersCommand;
import dev.freebind.distribution.command.EvaluateCommand;
import dev.freebind.distribution.command.ExportCommand;
import dev.freebind.distribution.command.FreeBindCommand;
import dev.freebind.distribution.command.ImportCommand;
import dev.freebind.distribution.command.IndexCommand;
import dev.freebind.distribution.command.LeaksCommand;
import dev.freebind.distribution.command.MethodChecksCommand;
import dev.freebind.distribution.command.SearchCommand;
import dev.freebind.distribution.command.ServeCommand;
import dev.freebind.distribution.command.SweepCommand;
import dev.freebind.distribution.command.TuneFactorsCommand;
import java.util.concurrent.Callable;

/** The commands by their class, as picocli asks for them. */
@Module
interface CommandModule {

    @Binds
    @IntoMap
    @ClassKey(FreeBindCommand.class)
    Callable<Integer> root(FreeBindCommand command);

    @Binds
    @IntoMap
    @ClassKey(ImportCommand.class)
    Callable<Integer> importing(ImportCommand command);

    @Binds
    @IntoMap
    @ClassKey(ExportCommand.class)
    Callable<Integer> exporting(ExportCommand command);

    @Binds
    @IntoMap
    @ClassKey(EncodersCommand.class)
    Callable<Integer> encoders(EncodersCommand command);

    @Binds
    @IntoMap
    @ClassKey(DoctorCommand.class)
    Callable<Integer> doctor(DoctorCommand command);

    @Binds
    @IntoMap
    @ClassKey(CompletionCommand.class)
    Callable<Integer> completion(CompletionCommand command);

    @Binds
    @IntoMap
    @ClassKey(DemoCommand.class)
    Callable<Integer> demo(DemoCommand command);

    @Binds
    @IntoMap
    @ClassKey(MethodChecksCommand.class)
    Callable<Integer> methodChecks(MethodChecksCommand command);

    @Binds
    @IntoMap
    @ClassKey(BindCommand.class)
    Callable<Integer> bind(BindCommand command);

    @Binds
    @IntoMap
    @ClassKey(EncodeCommand.class)
    Callable<Integer> encode(EncodeCommand command);

    @Binds
    @IntoMap
    @ClassKey(EvaluateCommand.class)
    Callable<Integer> evaluate(EvaluateCommand command);

    @Binds
    @IntoMap
    @ClassKey(CompareCommand.class)
    Callable<Integer> compare(CompareCommand command);

    @Binds
    @IntoMap
    @ClassKey(SweepCommand.class)
    Callable<Integer> sweep(SweepCommand command);

    @Binds
    @IntoMap
    @ClassKey(TuneFactorsCommand.class)
    Callable<Integer> tuneFactors(TuneFactorsCommand command);

    @Binds
    @IntoMap
    @ClassKey(LeaksCommand.class)
    Callable<Integer> leaks(LeaksCommand command);

    @Binds
    @IntoMap
    @ClassKey(EmbedCommand.class)
    Callable<Integer> embed(EmbedCommand command);

    @Binds
    @IntoMap
    @ClassKey(IndexCommand.class)
    Callable<Integer> index(IndexCommand command);

    @Binds
    @IntoMap
    @ClassKey(SearchCommand.class)
    Callable<Integer> search(SearchCommand command);

    @Binds
    @IntoMap
    @ClassKey(ServeCommand.class)
    Callable<Integer> serve(ServeCommand command);
}
